import { type StepResult, UserError } from '../errors.ts';
import type { Emit } from '../plan/events.ts';

const results = { done: 'done', fail: 'failed', cancel: 'cancelled' } as const;

/** Passes events on and records how each operation ended, in the order in which the operations ended. */
function recordSteps(emit: Emit): { readonly emit: Emit; readonly steps: readonly StepResult[] } {
  const steps: StepResult[] = [];
  return {
    steps,
    emit(event) {
      if (event.type === 'done' || event.type === 'fail' || event.type === 'cancel') {
        const { kind, resource, cause } = event.operation;
        const { milliseconds } = event;
        steps.push({ kind, resource, cause, result: results[event.type], milliseconds });
      }
      emit(event);
    },
  };
}

/** Runs an action and records its steps. A UserError that ends the action carries the steps recorded until then. */
export async function withSteps<Result>(
  emit: Emit,
  run: (emit: Emit) => Promise<Result>,
): Promise<{ readonly result: Result; readonly steps: readonly StepResult[] }> {
  const recorder = recordSteps(emit);
  try {
    return { result: await run(recorder.emit), steps: recorder.steps };
  } catch (error) {
    if (error instanceof UserError) {
      error.steps = recorder.steps;
    }
    throw error;
  }
}
