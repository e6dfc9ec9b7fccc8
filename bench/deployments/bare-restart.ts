import { testedImage } from '../../src/releases/releases.ts';
import { jobLabel } from '../../src/stack/labels.ts';
import { timed } from '../timed.ts';
import { findContainer, type Place, type Workbench } from '../workbench.ts';
import { untilTrue } from './answers.ts';

/**
 * Makes a server that was set up by hand as quick to restart as it can be: its Synapse loads byte code that was written
 * once (by-hand/byte-code.yml).
 *
 * @returns what restarts Synapse, waits until it is healthy, checks its configuration once, and tells the milliseconds
 */
export async function bareRestart(bench: Workbench, place: Place): Promise<() => Promise<number>> {
  const { signal } = bench;
  const docker = (...args: string[]) => timed(['docker', ...args], { signal, cwd: place.directory });
  await docker('run', ...job(place, 'rw'), '-c', 'import synapse.app.homeserver');
  const files = ['docker-compose.yml', 'byte-code.yml'].flatMap((file) => ['--file', file]);
  await docker('compose', ...files, 'up', '-d', 'synapse');
  const { Id } = await findContainer(bench, place, 'synapse');
  await untilTrue(() => isHealthy(bench, Id), signal);
  return async () => {
    const begin = performance.now();
    await docker('restart', Id);
    await untilTrue(() => isHealthy(bench, Id), signal);
    await docker('run', ...job(place, 'ro'), '-m', 'synapse.config', '-c', '/data/homeserver.yaml');
    return performance.now() - begin;
  };
}

/** A container that runs Python in the image, and may read the byte code, or write it too. */
function job({ directory, project }: Place, access: 'ro' | 'rw'): string[] {
  return [
    '--rm',
    '--network=none',
    `--label=${jobLabel}=${project}`,
    `--volume=${directory}/data:/data:ro`,
    `--volume=${directory}/byte-code:/byte-code:${access}`,
    '--env=PYTHONPYCACHEPREFIX=/byte-code',
    '--entrypoint=python3',
    testedImage('synapse'),
  ];
}

/** Asks Synapse itself; its address changes when it is restarted. */
async function isHealthy({ docker, signal }: Workbench, id: string): Promise<boolean> {
  const { NetworkSettings } = await docker.getContainer(id).inspect();
  const [network] = Object.values(NetworkSettings.Networks);
  if (!network?.IPAddress) return false;
  const answer = await fetch(`http://${network.IPAddress}:8008/health`, { signal }).catch(() => undefined);
  signal.throwIfAborted();
  return answer?.ok === true;
}
