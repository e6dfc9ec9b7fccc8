import type { Context } from '../../context.ts';
import { CancelledError, messageOf } from '../../errors.ts';
import { BoundsError, within } from '../../host/bounds.ts';

/** How long one step may take, in seconds, and before it the call that it undoes. */
const undoSeconds = 40;

/** How a call is undone. */
export interface UndoStep {
  /** What is done, after "matrix-deploy could not". */
  readonly what: string;
  step(): Promise<void>;
}

/** The steps that undo what a run did. A call that is under way when they begin is waited for first. */
export class Undo {
  readonly #steps: (() => Promise<string | undefined>)[] = [];
  readonly #bounds: { readonly within: number };
  #isRunning = false;

  constructor({ patience = 1 }: Pick<Context, 'patience'>) {
    this.#bounds = { within: undoSeconds * 1000 * patience };
  }

  /**
   * Makes a call that is undone at the end. Nothing is undone of a call that was refused.
   *
   * @param toUndo told what the call gave, or nothing where no answer came in time: then it may have been done
   * @throws Error when undoing has begun; what the call throws
   */
  async around<Value>(
    call: () => Promise<Value>,
    toUndo: (value: Value | undefined) => UndoStep | undefined,
  ): Promise<Value> {
    if (this.#isRunning) throw new Error('it was not begun, since all is being undone');
    const calling = call();
    this.#steps.push(() => this.#undo(calling, toUndo));
    return calling;
  }

  /**
   * Undoes all calls, the last first, whatever fails. No call is begun from then on.
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

/** Was a request sent, maybe, and its answer not waited for or lost? */
function isUnanswered(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof CancelledError || error instanceof BoundsError) return true;
  return ('code' in error && error.code === 'ECONNRESET') || isUnanswered(error.cause);
}
