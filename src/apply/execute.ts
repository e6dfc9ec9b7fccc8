import { CancelledError } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import { estimateSeconds } from '../plan/estimate.ts';
import type { Operation } from '../plan/operation.ts';
import type { Plan } from '../plan/plan.ts';
import type { Emit } from './events.ts';

/** Carries out one operation. `signal` fires when another one failed or the operator interrupted. */
export type Perform = (operation: Operation, signal: AbortSignal) => Promise<void>;

/**
 * Walks a plan: starts each operation as soon as those that it waits for have succeeded. After a failure or an
 * interrupt nothing new is started, and what runs is waited for. Decides nothing.
 *
 * @throws the first operation's error, or CancelledError when `interrupt` fired.
 */
export async function execute(
  plan: Plan,
  perform: Perform,
  { emit, clock, interrupt }: { emit: Emit; clock: Pick<Clock, 'now'>; interrupt: AbortSignal },
): Promise<void> {
  const failure = new AbortController();
  const signal = AbortSignal.any([interrupt, failure.signal]);
  const waiting = new Set(plan);
  const pending = new Set(plan.map(({ id }) => id));
  const running = new Map<string, Promise<void>>();
  emit({ type: 'begin', operations: plan.length, estimateSeconds: estimateSeconds(plan) });

  const run = async (operation: Operation) => {
    const begun = clock.now().getTime();
    emit({ type: 'start', operation });
    try {
      await perform(operation, signal);
      pending.delete(operation.id);
      emit({ type: 'done', operation, milliseconds: clock.now().getTime() - begun });
    } catch (error) {
      emit({ type: 'fail', operation });
      // The first reason stays: what fails after it was told to stop.
      failure.abort(error);
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
  emit({ type: 'end' });
  if (failure.signal.aborted && !interrupt.aborted) {
    throw failure.signal.reason;
  }
  if (interrupt.aborted) {
    throw new CancelledError('interrupted; what was begun is finished, the rest is not', {
      code: 'cancelled',
      hint: 'Run `matrix-deploy apply` to continue.',
    });
  }
}
