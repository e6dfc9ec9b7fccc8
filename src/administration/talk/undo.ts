import type { Context } from '../../context.ts';
import { CancelledError, messageOf } from '../../errors.ts';
import { BoundsError, within } from '../../host/bounds.ts';

/** The longest time for one step, in seconds, and for the call that it undoes, which is waited for first. */
const undoSeconds = 40;

/** How a call is undone. */
export interface UndoStep {
  /** The action, as it reads after "matrix-deploy could not". */
  readonly what: string;
  step(): Promise<void>;
}

/** The steps that undo the calls of a run. A call that is still running is waited for before it is undone. */
export class Undo {
  readonly #steps: (() => Promise<string | undefined>)[] = [];
  readonly #bounds: { readonly within: number };
  #isRunning = false;

  constructor({ patience = 1 }: Pick<Context, 'patience'>) {
    this.#bounds = { within: undoSeconds * 1000 * patience };
  }

  /**
   * Makes a call that is undone at the end. A call that was refused needs no step.
   *
   * @param toUndo called with the result of the call, or with `undefined` when no answer came in time: the call may
   * have succeeded. Returns `undefined` when there is nothing to undo.
   * @throws Error when undoing has begun; errors of the call
   */
  async around<Value>(
    call: () => Promise<Value>,
    toUndo: (value: Value | undefined) => UndoStep | undefined,
  ): Promise<Value> {
    if (this.#isRunning) throw new Error('it was not started, since everything is being undone');
    const calling = call();
    this.#steps.push(() => this.#undo(calling, toUndo));
    return calling;
  }

  /**
   * Undoes all calls, the last one first, even if some steps fail. From then on, no call is begun.
   *
   * @returns a line for each step that failed
   */
  async run(): Promise<string[]> {
    this.#isRunning = true;
    const problems: string[] = [];
    for (const undo of this.#steps.splice(0).reverse()) {
      const problem = await undo();
      if (problem !== undefined) problems.push(problem);
    }
    return problems;
  }

  async #undo<Value>(
    calling: Promise<Value>,
    toUndo: (value: Value | undefined) => UndoStep | undefined,
  ): Promise<string | undefined> {
    let value: Value | undefined;
    try {
      value = await within(this.#bounds, calling);
    } catch (error) {
      if (!isUnanswered(error)) return undefined;
    }
    const undoing = toUndo(value);
    try {
      if (undoing !== undefined) await within(this.#bounds, undoing.step());
      return undefined;
    } catch (error) {
      return `matrix-deploy could not ${undoing?.what}: ${messageOf(error)}`;
    }
  }
}

/** Whether a request may have been sent whose answer was lost or not waited for. */
function isUnanswered(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof CancelledError || error instanceof BoundsError) return true;
  return ('code' in error && error.code === 'ECONNRESET') || isUnanswered(error.cause);
}
