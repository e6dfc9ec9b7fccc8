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

/** Gives a command the flags for a card, which new people are given. */
export function declareCard(command: Command): Command {
  return command
    .option('--card', 'also print what new users need to know about their recovery key')
    .option('--card-file <file>', 'write everything to an HTML page, to print or send');
}

/** What became of the file with the card: where it is, or why it is not. */
export interface WrittenCard {
  /** Absolute path; `undefined` where no file was asked for, or none was written. */
  readonly path: string | undefined;
  /** To be thrown once all else is told. */
  readonly failure: UserError | undefined;
}

/**
 * Writes a card, with the section about the recovery key, if a file is asked for. It does not throw: what was made before it
 * has to be told first.
 */
export type WriteCard = (card: Card) => Promise<WrittenCard>;

/**
 * The way to write the card that the flags ask for: so that a file that cannot be is told of before anything is done.
 *
 * @param again what the operator adds to the same command, so that it makes nothing but the card
 * @throws UsageError where something else is there already, or where no file can be written
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

/** The lines of an answer that tell of the file with the card. */
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
