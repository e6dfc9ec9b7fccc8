import type { ContainerHealth, ContainerMemory } from '../docker/engine.ts';
import { describeState, hasEnded } from '../stack/running.ts';

/** What is wrong with a container, and what will be or was. */
export interface ContainerVerdict {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** One restart may be bad luck. A container that is up for so long after several has got over it. */
const loop = { restarts: 3, quietMilliseconds: 300_000 };

/** A restart by the engine is worth telling for a day. */
const recentMilliseconds = 86_400_000;

/** Share of its memory beyond which a service is about to be killed. */
const scarceShare = 0.95;

/** What the engine knows of a container says about the service in it. */
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
