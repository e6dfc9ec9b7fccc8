import type { FileSpec } from '../component.ts';
import { type CacheSpec, cacheDirectory } from '../data.ts';
import type { Mount, Owner } from '../service.ts';
import { homeserver } from './listener.ts';

/**
 * Paths in the container: of the byte code, which templates/synapse/with_byte_code.py has too, and of that program.
 */
const target = '/pyc';
const launcher = '/conf/with_byte_code.py';
const path = `${cacheDirectory}/${homeserver.service}`;

/** The modules that Synapse imports when it starts and when it checks its configuration. */
const modules = ['psycopg2', 'synapse.app.homeserver', 'synapse.config.__main__'];

export const file: FileSpec = {
  path: 'synapse/with_byte_code.py',
  template: 'synapse/with_byte_code.py',
};

/** How containers that use the byte code mount it. */
export const mount: Mount = { source: path, target, optional: true };

/** The command line of a Python program, which uses the byte code if there is any. */
export function program(...command: readonly string[]): string[] {
  return ['python3', launcher, ...command];
}

/**
 * The cache for the byte code of Synapse and of all that it imports: the official image has none, and its root file
 * system is read-only.
 */
export function cache(image: string, user: Owner): CacheSpec {
  return {
    name: `byte code of ${homeserver.service}`,
    path,
    service: homeserver.service,
    job: {
      image,
      user,
      entrypoint: program('--fill', ...modules),
      environment: {},
      mounts: [
        { source: 'synapse', target: '/conf' },
        { source: path, target, writable: true },
      ],
      tmpfs: [{ target: '/tmp', sizeMegabytes: 64, mode: 0o1777 }],
    },
  };
}
