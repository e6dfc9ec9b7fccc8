import type { Context } from '../context.ts';
import { quotedWord } from '../shell-word.ts';
import type { Session } from './command.ts';

/** Something that cannot be undone: it must be confirmed by its full name. */
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
 * Requires the full name before something that cannot be undone: with --confirm, or at a prompt.
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

/**
 * Says what will happen, and asks, unless --yes answers that already.
 *
 * @param question asked after it
 * @throws UsageError where nobody is there to ask; CancelledError
 */
export async function agree(
  { context, flags, reporter }: Session<{ readonly yes?: boolean }>,
  told: readonly string[],
  question = 'Do this?',
): Promise<void> {
  if (flags.yes) {
    told.forEach((await reporter()).say);
    return;
  }
  const { confirm } = await import('../output/prompts.ts');
  const { printable } = await import('../printable.ts');
  context.stderr.write(told.map((line) => `${printable(line)}\n`).join(''));
  await confirm(context, { message: question, flag: '--yes' });
}
