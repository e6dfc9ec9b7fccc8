import { readFile, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cached } from './cache.ts';
import type { Host } from './host.ts';
import { parseReference } from './images/reference.ts';

/** Where a host sees the stores of the images that it has from the start, read-only. */
export const storesOnHost = '/run/lab/images';

/**
 * Gives the engine of a host, before it starts, the images whose stores are bound below `storesOnHost`. Loading or copying them would
 * take seconds each: here the engine's records are copied, and the layers, which no engine ever writes to, are mounted. Mounts end with
 * the power, so this is done at every boot; an image that was removed since the first is not brought back.
 */
const plugScript = `
  set -e
  cd "$1"
  docker=/var/lib/docker
  [ -e $docker/image ] || new=yes
  for store in *; do
    if [ "$new" ]; then
      mkdir -p $docker/image $docker/overlay2
      cp -a "$store/image/." $docker/image
      cp -a "$store/overlay2/l" $docker/overlay2
    fi
    for layer in "$store"/overlay2/*/diff; do
      layer=\${layer%/diff}
      here=$docker/overlay2/\${layer##*/}
      if [ "$new" ]; then
        mkdir -p "$here/diff"
        cp -a "$layer"/[!d]* "$here"   # all but the contents, in diff
      fi
      [ ! -d "$here" ] || mount --bind "$layer/diff" "$here/diff"
    done
  done
  [ ! "$new" ] || cat >$docker/image/overlay2/repositories.json`;

/** What overlay2's repositories.json holds: for each repository, which names lead to which image. */
interface Repositories {
  Repositories: Record<string, Record<string, string>>;
}

/** @param stores the directories, outside, that are bound below `storesOnHost` */
export async function plugImages(host: Host, stores: string[]): Promise<void> {
  if (stores.length === 0) return;
  const merged: Repositories = { Repositories: {} };
  for (const store of stores) {
    const own: Repositories = JSON.parse(
      await readFile(join(store, 'image/overlay2/repositories.json'), 'utf8'),
    );
    for (const [repository, names] of Object.entries(own.Repositories)) {
      merged.Repositories[repository] = { ...merged.Repositories[repository], ...names };
    }
  }
  await host.run(['sh', '-c', plugScript, 'plug', storesOnHost], { input: JSON.stringify(merged) });
}

/** What is imported when Synapse starts, and when it checks its configuration. */
const importSynapse = 'import psycopg2, synapse.app.homeserver, synapse.config.__main__';

// $1 is the image, $2 a program of Python. What Python compiles in a container, which may write, is put into the image's last layer.
// The engine keeps a list of the files of each layer: what it saves or pushes is the layer as it was pulled.
const compileScript = `
  set -e
  layer() { docker inspect --format '{{.GraphDriver.Data.UpperDir}}' "$1"; }
  docker run --name compile --network none --entrypoint python3 "$1" -c "$2"
  cp -a "$(layer compile)/usr/local/lib/." "$(layer "$1")/usr/local/lib"
  docker rm --volumes compile`;

/** What a store is made of. */
export interface StoreKind {
  readonly image: string;
  /** The directory that holds the image in the registry. */
  readonly stored: string;
  /** The root file system with the engine that pulls it. */
  readonly tree: string;
  /** Whether it is exactly what is published; otherwise Synapse has byte code, so that each scenario takes less time to start it. */
  readonly asPublished: boolean;
}

/**
 * The store of one image as an engine keeps it after pulling it from the lab's registry.
 * @param rentHost makes a host with that engine, for this
 */
export async function imageStore(
  { image, stored, tree, asPublished }: StoreKind,
  rentHost: () => Promise<Host>,
): Promise<string> {
  const compiled = !asPublished && parseReference(image).repository === 'matrixdotorg/synapse';
  const inputs = { image, stored: basename(stored), tree: basename(tree) };
  return cached(
    'image-store',
    compiled ? { ...inputs, compileScript, importSynapse } : inputs,
    async (directory) => {
      const host = await rentHost();
      try {
        await host.run(['docker', 'pull', '--quiet', image], { timeoutSeconds: 300 });
        if (compiled) await host.run(['sh', '-c', compileScript, 'compile', image, importSynapse]);
        await host.stopEngine();
        for (const part of ['image', 'overlay2']) {
          await rename(join(host.engineData, part), join(directory, part));
        }
      } finally {
        await host.remove();
      }
    },
  );
}
