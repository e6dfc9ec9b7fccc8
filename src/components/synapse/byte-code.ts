import type { FileSpec } from '../component.ts';
import { type CacheSpec, cacheDirectory } from '../data.ts';
import type { Mount, Owner } from '../service.ts';
import { homeserver } from './listener.ts';

/** Where the program looks, and what it is: templates/synapse/with_byte_code.py names the place too. */
const target = '/pyc';
const launcher = '/conf/with_byte_code.py';
const path = `${cacheDirectory}/${homeserver.service}`;

/** Of what is imported when Synapse starts and when it checks its configuration. */
const modules = ['psycopg2', 'synapse.app.homeserver', 'synapse.config.__main__'];

export const file: FileSpec = {
  path: 'synapse/with_byte_code.py',
  template: 'synapse/with_byte_code.py',
};

/** How whatever uses the byte code sees it. */
export const mount: Mount = { source: path, target, optional: true };

/** The command line of a program of Python, with byte code where there is any. */
export function program(...command: readonly string[]): string[] {
  return ['python3', launcher, ...command];
}

/** The byte code of Synapse and of all that it imports: the official image has none, and its root is read-only. */
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
