import type { ContainerHealth, ContainerMemory } from '../docker/engine.ts';
import { describeState, hasEnded } from '../stack/running.ts';

/** The present problems of a container, and warnings about past or likely ones. */
export interface ContainerVerdict {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * A container with this many restarts is in a crash loop, unless it has run for the quiet time since the last one.
 */
const loop = { restarts: 3, quietMilliseconds: 300_000 };

/** How long a restart by the engine remains a warning: one day. */
const recentMilliseconds = 86_400_000;

/** A service that uses more than this share of its memory limit is likely to be killed soon. */
const scarceShare = 0.95;

/** Judges a service by the engine's data about its container. */
export function judgeContainer(
  { state, exitCode, restarts, startedAt, outOfMemory }: ContainerHealth,
  memory: ContainerMemory | undefined,
  now: Date,
): ContainerVerdict {
  const age = now.getTime() - Date.parse(startedAt);
  const loops = state === 'restarting' || (restarts >= loop.restarts && age < loop.quietMilliseconds);
  if (loops) {
    const ended = state === 'restarting' ? `, the last time with exit code ${exitCode}` : '';
    return {
      problems: [`it keeps crashing: the engine has restarted it ${times(restarts)}${ended}`],
      warnings: memoryWarnings(outOfMemory, memory),
    };
  }
  if (state !== 'running') {
    const ended = hasEnded(state) ? ` (exit code ${exitCode})` : '';
    return {
      problems: [`the container ${describeState(state)}${ended}`],
      warnings: memoryWarnings(outOfMemory, undefined),
    };
  }
  const restarted =
    restarts > 0 && age < recentMilliseconds
      ? [`it stopped on its own, and the engine has restarted it ${times(restarts)}, last at ${startedAt}`]
      : [];
  return { problems: [], warnings: [...restarted, ...memoryWarnings(outOfMemory, memory)] };
}

function memoryWarnings(outOfMemory: boolean, memory: ContainerMemory | undefined): string[] {
  const remedy = 'Raise its `memory` in matrix.yaml';
  if (outOfMemory) {
    return [`memory ran out, and the kernel killed a process in it. ${remedy}.`];
  }
  if (memory !== undefined && memory.usedBytes > scarceShare * memory.limitBytes) {
    return [
      `it uses ${Math.round((100 * memory.usedBytes) / memory.limitBytes)} % of its memory. ${remedy}.`,
    ];
  }
  return [];
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
