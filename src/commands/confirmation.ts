import type { Context } from '../context.ts';
import { quotedWord } from '../shell-word.ts';
import type { Session } from './command.ts';

/** An action that cannot be undone. To confirm it, the operator gives the full name of its object. */
export interface Irreversible {
  /** What will be lost. */
  readonly message: string;
  /** What has this name, such as "the user": the subject of a sentence. */
  readonly subject: string;
  /** Its name, to be typed. */
  readonly name: string;
  /** Another name that --confirm accepts. */
  readonly otherName?: string;
  /** The hint of the error about a wrong name. */
  readonly hint?: string;
}

/**
 * Requires the full name before an action that cannot be undone: with --confirm, or at a prompt.
 *
 * @param confirmed the value of --confirm
 * @throws UsageError for a wrong name with --confirm, and without a terminal; CancelledError after a wrong name at
 *   the prompt.
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
 * Shows what will happen and asks the operator to agree. With --yes, only shows it. What the operator has
 * agreed to in this run is not shown again.
 *
 * @param told the lines that say what will happen
 * @param question asked after these lines
 * @throws UsageError without a terminal and without --yes; CancelledError when the operator does not agree
 */
export async function agree(
  { context, flags, agreed, reporter }: Session<{ readonly yes?: boolean }>,
  told: readonly string[],
  question = 'Do this?',
): Promise<void> {
  const asked = [...told, question].join('\n');
  if (agreed.has(asked)) return;
  if (flags.yes) {
    told.forEach((await reporter()).say);
  } else {
    const { confirm } = await import('../output/prompts.ts');
    const { printable } = await import('../printable.ts');
    context.stderr.write(told.map((line) => `${printable(line)}\n`).join(''));
    await confirm(context, { message: question, flag: '--yes' });
  }
  agreed.add(asked);
}
