import type { Context } from '../context.ts';
import { quotedWord } from '../shell-word.ts';

/** Something that nothing undoes: whoever wants it says so by its name in full. */
export interface Irreversible {
  /** What will be lost. */
  readonly message: string;
  /** What the name is of, as in "the user is". */
  readonly subject: string;
  /** Its name, to be typed. */
  readonly name: string;
  /** What else it is called, which is as good with --confirm. */
  readonly otherName?: string;
  /** What to do after a name that is not its own. */
  readonly hint?: string;
}

/**
 * Lets what nothing undoes be done only by whoever names it: with --confirm, or when asked.
 *
 * @param confirmed the value of --confirm
 * @throws UsageError for another name, and where nobody is there to ask; CancelledError.
 */
export async function requireConfirmation(
  context: Context,
  confirmed: string | undefined,
  { message, subject, name, otherName, hint = 'Nothing was changed.' }: Irreversible,
): Promise<void> {
  if (confirmed === undefined) {
    const { typeToConfirm } = await import('../output/prompts.ts');
    await typeToConfirm(context, { message, word: name, flag: `--confirm ${quotedWord(name)}` });
  } else if (confirmed !== name && confirmed !== otherName) {
    const { UsageError } = await import('../errors.ts');
    throw new UsageError(`--confirm says ${confirmed}, but ${subject} is ${name}`, {
      code: 'usage.confirm',
      hint,
    });
  }
}
