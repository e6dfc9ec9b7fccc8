import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cgroupDoors, createCgroup, removeCgroup, throughDoors } from './cgroups.ts';
import type { Network } from './network.ts';

/** How bad a line is, in each direction. */
export interface Impairment {
  delayMilliseconds?: number;
  /** The share of packets that is lost, from 0 to 1. */
  loss?: number;
  /** What it carries, in bytes; without a limit when absent. */
  bytesPerSecond?: number;
}

const relayScript = join(import.meta.dirname, 'wan-relay.py');

// $1 is the network namespace; then the doors of the relay's cgroup, then the relay.
const startScript = `
  namespace=$1; shift
  ${throughDoors}
  exec nsenter --net="$namespace" "$@"`;

/** Puts a bad line between a machine and the rest of the lab, in place of any other. */
export async function impair(
  network: Network,
  machine: string,
  { delayMilliseconds = 0, loss = 0, bytesPerSecond = 0 }: Impairment,
): Promise<void> {
  await repair(network, machine);
  const { near, far } = await network.interpose(machine);
  await createCgroup(cgroup(network, machine));
  const doors = await cgroupDoors(cgroup(network, machine));
  const measures = [delayMilliseconds / 1000, loss, bytesPerSecond].map(String);
  const relay = ['python3', relayScript, near, far, ...measures];
  const child = spawn(
    'sh',
    ['-c', startScript, 'start', `/run/netns/${network.exchange}`, ...doors, '--', ...relay],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    },
  );
  child.unref();
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`The relay of ${machine} ended: ${code}`)),
  );
  await Promise.race([once(child.stdout, 'data'), ended]).finally(() => child.stdout.destroy());
}

/** Gives a machine its direct line back. */
export async function repair(network: Network, machine: string): Promise<void> {
  await removeCgroup(cgroup(network, machine));
  await network.undoInterpose(machine);
}

function cgroup(network: Network, machine: string): string {
  return `${network.prefix}/wan-${machine}`;
}
