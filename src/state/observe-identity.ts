import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSpec } from '../components/data.ts';
import type { Engine } from '../docker/engine.ts';
import { isErrno, readIfExists } from '../host/files.ts';
import { secretPath } from '../layout.ts';
import type { ObservedContainer } from '../plan/observed-state.ts';
import {
  type IdentityRecord,
  type ObservedIdentity,
  withoutWitness,
  witnessFile,
} from '../stack/identity.ts';
import type { Stack } from '../stack/stack.ts';
import { type IdentityCopies, readIdentity } from './identity.ts';

/** Entry in the top directory of every ext4 file system, even of an empty one. */
const ofTheFileSystem = 'lost+found';

type Seen = readonly [name: string, identity: string | undefined][];

/** Reads the recorded identity of the deployment, and the present one of everything that is in files. */
export async function observeIdentity(
  directory: string,
  stack: Stack,
  containers: Promise<readonly ObservedContainer[]>,
  engine: Pick<Engine, 'fileMode'>,
): Promise<ObservedIdentity> {
  const copies = readIdentity(directory);
  const [{ own, besideData }, secrets, data] = await Promise.all([
    copies,
    seeSecrets(directory, stack),
    seeData({ directory, stack, containers, engine, copies }),
  ]);
  return {
    recorded: own ?? besideData,
    dataOf: besideData?.serverName,
    seen: Object.fromEntries(
      [...secrets, ...data].filter((one): one is [string, string] => one[1] !== undefined),
    ),
  };
}

function seeSecrets(directory: string, { secrets }: Stack): Promise<Seen> {
  const known = secrets.flatMap(({ name, identity }) =>
    identity === undefined ? [] : [{ path: secretPath(name), identity }],
  );
  return Promise.all(
    known.map(async ({ path, identity }): Promise<Seen[number]> => {
      // A file that is not text counts as another secret.
      const text = await readIfExists(join(directory, path)).catch(() => '');
      return [path, text === undefined ? undefined : identity(text)];
    }),
  );
}

interface DataLook {
  readonly directory: string;
  readonly stack: Stack;
  readonly containers: Promise<readonly ObservedContainer[]>;
  readonly engine: Pick<Engine, 'fileMode'>;
  readonly copies: Promise<IdentityCopies>;
}

async function seeData(look: DataLook): Promise<Seen> {
  const { own, besideData } = await look.copies;
  const recorded = own ?? besideData;
  return recorded === undefined
    ? []
    : Promise.all(
        look.stack.data.map(
          async (data): Promise<Seen[number]> => [data.path, await seeWitness(data, recorded, look)],
        ),
      );
}

async function seeWitness(
  data: DataSpec,
  recorded: IdentityRecord,
  { directory, stack, containers, engine }: DataLook,
): Promise<string | undefined> {
  const place = join(directory, data.path);
  const witness = join(data.witnessed, witnessFile(recorded));
  try {
    await lstat(join(place, witness));
    return recorded.deployment;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) {
      return (await lstat(place).catch(() => undefined)) && withoutWitness;
    }
  }
  // Only its owner and root may read the directory, but a container that mounts it can be asked.
  const mounted = mountOf(stack, data.path);
  const container = (await containers).find(({ service }) => service === mounted?.service);
  if (mounted === undefined || container === undefined) {
    return undefined;
  }
  const mode = await engine.fileMode(container.id, join(mounted.target, witness));
  return mode === undefined ? withoutWitness : recorded.deployment;
}

/** The service that mounts a directory, and the path in its container; `undefined` if none does. */
export function mountOf(
  { services }: Pick<Stack, 'services'>,
  path: string,
): { service: string; target: string } | undefined {
  const [found] = services.flatMap(({ name, mounts }) =>
    mounts.filter(({ source }) => source === path).map(({ target }) => ({ service: name, target })),
  );
  return found;
}

/** Whether a data directory has any content, or cannot be read. An empty one may be a newly mounted disk. */
export async function isInUse(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).some((name) => name !== ofTheFileSystem);
  } catch (error) {
    return !(isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR'));
  }
}
