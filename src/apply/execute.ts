import { CancelledError } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import { estimateSeconds } from '../plan/estimate.ts';
import type { Emit } from '../plan/events.ts';
import type { Operation } from '../plan/operation.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * Carries out one operation. `signal` fires when another operation has failed or the operator has interrupted the
 * run. An operation that stops early because of it throws the signal's reason: returning means that the operation is
 * done.
 */
export type Perform = (operation: Operation, signal: AbortSignal) => Promise<void>;

/**
 * Walks a plan: starts each operation as soon as the operations that it waits for have succeeded. After a failure or
 * an interrupt, starts no further operation, waits for the running ones, and reports the others as cancelled.
 *
 * @throws the first operation's error, or CancelledError when `interrupt` fired.
 */
export async function execute(
  plan: Plan,
  perform: Perform,
  { emit, clock, interrupt }: { emit: Emit; clock: Pick<Clock, 'now'>; interrupt: AbortSignal },
): Promise<void> {
  const failures: unknown[] = [];
  const failure = new AbortController();
  const signal = AbortSignal.any([interrupt, failure.signal]);
  const waiting = new Set(plan);
  const pending = new Set(plan.map(({ id }) => id));
  const running = new Map<string, Promise<void>>();
  emit({ type: 'begin', operations: plan.length, estimateSeconds: estimateSeconds(plan) });

  const run = async (operation: Operation) => {
    const begun = clock.now().getTime();
    const end = (type: 'done' | 'fail' | 'cancel') =>
      emit({ type, operation, milliseconds: clock.now().getTime() - begun });
    emit({ type: 'start', operation });
    try {
      await perform(operation, signal);
      pending.delete(operation.id);
      end('done');
    } catch (error) {
      const cancelled = signal.aborted && isAbort(error, signal);
      end(cancelled ? 'cancel' : 'fail');
      if (!cancelled) {
        failures.push(error);
      }
      failure.abort();
    } finally {
      running.delete(operation.id);
    }
  };

  for (;;) {
    for (const operation of waiting) {
      if (!signal.aborted && !operation.after.some((id) => pending.has(id))) {
        waiting.delete(operation);
        running.set(operation.id, run(operation));
      }
    }
    if (running.size === 0) {
      break;
    }
    await Promise.race(running.values());
  }
  for (const operation of waiting) {
    emit({ type: 'cancel', operation, milliseconds: 0 });
  }
  emit({ type: 'end' });
  if (failures.length > 0 && !interrupt.aborted) {
    throw failures[0];
  }
  if (interrupt.aborted) {
    throw new CancelledError('interrupted; running steps were finished, the others were not started', {
      code: 'cancelled',
      hint: 'Run `matrix-deploy apply` to continue.',
    });
  }
}

// Node's own calls and our ports listen to the signal themselves, and throw errors of their own.
function isAbort(error: unknown, signal: AbortSignal): boolean {
  const isOfNode = error instanceof Error && error.name === 'AbortError';
  return error === signal.reason || error instanceof CancelledError || isOfNode;
}
