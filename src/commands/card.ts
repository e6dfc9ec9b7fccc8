import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { messageOf, UsageError, UserError } from '../errors.ts';
import type { Card } from '../output/card.ts';
import { shellWord } from '../shell-word.ts';

export interface CardFlags {
  readonly card?: boolean;
  readonly cardFile?: string;
}

/** Adds the flags for a card with instructions for new users. */
export function declareCard(command: Command): Command {
  return command
    .option('--card', 'also print what new users need to know about their recovery key')
    .option('--card-file <file>', 'write everything to an HTML page, to print or send');
}

/** The result of writing the card to a file. */
export interface WrittenCard {
  /** Absolute path; `undefined` where no file was asked for, or none was written. */
  readonly path: string | undefined;
  /** The command throws it after its answer. */
  readonly failure: UserError | undefined;
}

/**
 * Writes a card with the section about the recovery key, if the operator asked for a file. Does not throw, because
 * the command must first answer what it has created.
 */
export type WriteCard = (card: Card) => Promise<WrittenCard>;

/**
 * Checks the place of the card before the command changes anything. Returns the function that writes the card.
 *
 * @param again what the operator changes in the same command so that it only writes the card: part of a hint
 * @throws UsageError when the file exists and is not a card, or when it cannot be written
 */
export async function prepareCard(
  { workingDirectory }: Pick<Context, 'workingDirectory'>,
  { cardFile }: CardFlags,
  again: string,
): Promise<WriteCard> {
  if (cardFile === undefined) return async () => ({ path: undefined, failure: undefined });
  const path = resolve(workingDirectory, cardFile);
  const [{ writeAtomically }, { cardHtml, withRecovery }] = await Promise.all([
    import('../host/files.ts'),
    import('../output/card.ts'),
  ]);
  await refusePlace(path);
  return async (card) => {
    try {
      const { renderSVG } = await import('uqr');
      await writeAtomically(
        path,
        cardHtml(withRecovery(card), (text) => renderSVG(text, { border: 2 })),
        0o600,
      );
      return { path, failure: undefined };
    } catch (cause) {
      const failure = new UserError(`the card was not written: ${messageOf(cause)}`, {
        code: 'card.file',
        hint: `Everything else succeeded, as shown above. Run the same command ${again}.`,
        cause,
      });
      return { path: undefined, failure };
    }
  };
}

/** The lines of an answer about the file with the card. */
export function cardFileLines({ path }: WrittenCard): string[] {
  return path === undefined ? [] : ['', `The card to print is in ${path}.`];
}

async function refusePlace(path: string): Promise<void> {
  const [{ readIfExists, whyNotWritable }, { cardMark }] = await Promise.all([
    import('../host/files.ts'),
    import('../output/card.ts'),
  ]);
  const before = await readIfExists(path).catch((error) => {
    throw unwritable(path, messageOf(error));
  });
  if (before !== undefined && !before.includes(cardMark)) {
    throw new UsageError(`${shellWord(path)} exists and is not a card`, {
      code: 'usage.card-file',
      hint: 'Nothing was done. Choose another file.',
    });
  }
  const problem = await whyNotWritable(dirname(path));
  if (problem !== undefined) throw unwritable(path, problem);
}

function unwritable(path: string, why: string): UsageError {
  return new UsageError(`cannot write a card to ${shellWord(path)}: ${why}`, {
    code: 'usage.card-file',
    hint: 'Nothing was done. Choose a file in a directory that exists and that you can write to.',
  });
}
