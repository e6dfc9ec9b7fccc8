import { join, relative } from 'node:path';
import { cacheDir, cached } from './cache.ts';
import type { Authority } from './certificates.ts';
import { run } from './command.ts';
import { type Fault, FrontDoor } from './front-door.ts';
import { imageArchive } from './images/image-archive.ts';
import { parseReference } from './images/reference.ts';
import { withLock } from './lock.ts';
import { Machine } from './machine.ts';

/** The names by which image references lead to the registry. */
export const registryNames = ['registry-1.docker.io', 'auth.docker.io', 'ghcr.io'];

/** Where the registry sees the cache of images, read-only. */
export const cacheOnRegistry = '/cache';

/**
 * How the registry fails for an image:
 * `missing-tag`: it knows no such tag; `too-many-requests`: what Docker Hub answers above its rate limit;
 * `wrong-digest`: the manifest that it sends is not the one of its digest, which only who asks by digest can tell;
 * `wrong-layer`: no layer is the one of its digest.
 * For a registry that does not answer at all, `cut()` it or take its power.
 */
export type RegistryFault = 'missing-tag' | 'too-many-requests' | 'wrong-digest' | 'wrong-layer';

const storage = '/var/lib/docker-registry';

const configuration = (directory: string) => `
version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: ${directory}}}
http: {addr: "127.0.0.1:5000"}
`;

const answering = 'until curl --silent --output /dev/null http://127.0.0.1:5000/v2/; do sleep 0.02; done';

/** Layers are pushed as gzip. Without compression in it they take 2.4 times the disk, and engines next to no time to unpack. */
const compressLevel = 0;

// $1 is an empty directory, $2 an archive, $3 the name to push it by. The registry runs in a network of its own: several may at once.
const fillScript = `
  set -e
  ip link set lo up
  docker-registry serve "$1.yml" & registry=$!
  trap 'kill $registry' EXIT
  ${answering}
  ln -s "$2" "$1.tar"   # the name of an archive may hold what skopeo takes for punctuation
  skopeo --insecure-policy copy --dest-tls-verify=false --dest-compress-level ${compressLevel} "docker-archive:$1.tar" "docker://127.0.0.1:5000/$3"`;

/** The lab's image registry: Debian's, under the names of the public ones. */
export class Registry extends Machine {
  readonly #front = new FrontDoor(this);

  /** Switches it on. It has no public side yet. */
  override async boot(): Promise<void> {
    await super.boot();
    await this.writeFile('/etc/docker/registry/config.yml', configuration(storage));
    await this.start(['docker-registry', 'serve', '/etc/docker/registry/config.yml']);
    await this.run(['sh', '-c', answering], { timeoutSeconds: 20 });
  }

  /** Opens its public side. */
  async open(authority: Authority): Promise<void> {
    const certificate = await authority.issue(registryNames);
    await this.#front.open({ ...certificate, upstream: 'http://127.0.0.1:5000', rewrite: {} });
  }

  /**
   * Makes an image available to every host, by its name.
   * @returns the directory that holds it as a registry stores it; another one when the image is another
   */
  async serve(image: string): Promise<string> {
    const stored = await this.#store(image);
    const from = `${onRegistry(stored)}/docker/registry/v2`;
    // Blobs are linked, for copying them takes seconds; names are copied, for a test may push others.
    const script = 'mkdir -p "$2" && cp -a "$1/repositories" "$2" && cp -as --update=none "$1/blobs" "$2"';
    const copy = ['sh', '-c', script, 'serve', from, `${storage}/docker/registry/v2`];
    // Hosts that are rented at once want the same images, and two copies of one get into each other's way.
    await withLock(`serve ${this.directory}`, () => this.run(copy));
    return stored;
  }

  /** The digest by which the registry knows an image that it serves: `sha256:` and 64 digits. */
  async digest(image: string): Promise<string> {
    const { repository, tag } = askedFor(image);
    return this.readFile(
      `${storage}/docker/registry/v2/repositories/${repository}/_manifests/tags/${tag}/current/link`,
    );
  }

  /**
   * Makes the name of an image lead to another one, as who publishes it may at any time. What it led to stays known by its digest;
   * `serve` leads the name back.
   */
  async repoint(image: string, to: string): Promise<void> {
    const [source, destination] = [to, image].map((each) => {
      const { repository, tag } = askedFor(each);
      return `docker://127.0.0.1:5000/${repository}:${tag}`;
    });
    const copy = ['skopeo', '--insecure-policy', 'copy', '--src-tls-verify=false', '--dest-tls-verify=false'];
    await this.run([...copy, `${source}`, `${destination}`]);
  }

  /** Makes the registry fail for one image, in place of any fault before. */
  async fail(image: string, fault: RegistryFault): Promise<void> {
    await this.#front.setFaults([describeFault(image, fault)]);
  }

  /** Makes the registry work again. */
  async heal(): Promise<void> {
    await this.#front.setFaults([]);
  }

  async #store(image: string): Promise<string> {
    const archive = await imageArchive(image);
    const { repository, tag } = askedFor(image);
    return cached(
      'registry-image',
      { archive: relative(cacheDir(), archive), repository, tag, compressLevel },
      async (directory) => {
        const work = await this.run(['mktemp', '--directory']);
        await this.writeFile(`${work}/image.yml`, configuration(`${work}/image`));
        const fill = [
          'unshare',
          '--net',
          'sh',
          '-c',
          fillScript,
          'fill',
          `${work}/image`,
          onRegistry(archive),
          `${repository}:${tag}`,
        ];
        await this.run(fill, { timeoutSeconds: 300 });
        await run('cp', ['-a', `/proc/${await this.pid()}/root${work}/image/.`, directory]);
        await this.run(['rm', '-r', work]);
      },
    );
  }
}

/** What an engine asks a registry for when it is told to pull `image`; the registry's own name is left out. */
function askedFor(image: string): { repository: string; tag: string } {
  const { repository, tag } = parseReference(image);
  const [first = '', ...rest] = repository.split('/');
  if (rest.length === 0) return { repository: `library/${first}`, tag };
  return { repository: /[.:]|^localhost$/.test(first) ? rest.join('/') : repository, tag };
}

function onRegistry(cachedPath: string): string {
  return join(cacheOnRegistry, relative(cacheDir(), cachedPath));
}

function describeFault(image: string, fault: RegistryFault): Fault {
  const { repository, tag } = askedFor(image);
  const manifests = `^/v2/${repository}/manifests/`;
  switch (fault) {
    case 'missing-tag':
      return {
        path: `${manifests}${tag}$`,
        answer: registryError(404, 'MANIFEST_UNKNOWN', 'manifest unknown'),
      };
    case 'too-many-requests':
      return {
        path: manifests,
        answer: registryError(429, 'TOOMANYREQUESTS', 'You have reached your pull rate limit.'),
      };
    case 'wrong-digest':
      return { path: manifests, corrupt: true };
    case 'wrong-layer':
      return { path: `^/v2/${repository}/blobs/`, corrupt: true };
  }
}

// The error format of the OCI distribution specification.
function registryError(status: number, code: string, message: string): NonNullable<Fault['answer']> {
  const body = JSON.stringify({ errors: [{ code, message }] });
  return { status, headers: { 'content-type': 'application/json' }, body };
}
