import { execa } from 'execa';
import { UserError } from '../errors.ts';

/** Docker Compose in a deployment directory: it makes the containers and networks as the rendered file says. */
export interface Compose {
  version(): Promise<string>;
  /** Creates containers, with the networks that they need, and starts none. */
  create(services: readonly string[]): Promise<void>;
  /** Creates, recreates or starts services as their definition needs it; returns when they are started, not ready. */
  up(services: readonly string[]): Promise<void>;
  /** Removes the containers and networks; what is mounted stays. */
  down(): Promise<void>;
}

/** Nothing that Compose does for us takes so long: images are here, and nobody waits for health. */
const deadlineSeconds = 180;

/** What is made, and of what, is decided by the plan. */
const asPlanned = ['--no-deps', '--no-build', '--pull=never'];

export function dockerCompose(directory: string): Compose {
  const run = async (...args: string[]): Promise<string> => {
    const result = await execa('docker', ['compose', '--project-directory', directory, ...args], {
      reject: false,
      stdin: 'ignore',
      // In a process group of its own, so that Ctrl-C reaches us alone: what is begun is finished.
      detached: true,
      all: true,
      timeout: deadlineSeconds * 1000,
      env: { COMPOSE_PROGRESS: 'plain', COMPOSE_ANSI: 'never' },
    });
    if (result.code === 'ENOENT') {
      throw new UserError('the docker command was not found', {
        code: 'docker.missing',
        hint: 'Install Docker Engine with its Compose plugin: https://docs.docker.com/engine/install/',
      });
    }
    if (result.exitCode !== 0) {
      const what = result.timedOut ? `did not end within ${deadlineSeconds} seconds` : 'failed';
      throw new UserError(`docker compose ${args[0]} ${what}`, {
        code: 'docker.compose',
        details: String(result.all).split('\n').slice(-15),
        hint: 'Nothing is lost: run the command again when the cause above is mended.',
      });
    }
    return String(result.stdout);
  };
  return {
    version: async () => (await run('version', '--short')).trim().replace(/^v/, ''),
    async create(services) {
      await run('up', '--no-start', ...asPlanned, ...services);
    },
    async up(services) {
      await run('up', '--detach', ...asPlanned, ...services);
    },
    async down() {
      await run('down', '--remove-orphans');
    },
  };
}
