import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Card } from '../output/card.ts';
import { shellWord } from '../shell-word.ts';

export interface CardFlags {
  readonly card?: boolean;
  readonly cardFile?: string;
}

/** Gives a command the flags for a card, which new people are given. */
export function declareCard(command: Command): Command {
  return command
    .option('--card', 'print also what new people need to know of their recovery key')
    .option('--card-file <file>', 'write all of it as an HTML page, to print or to send');
}

/**
 * The way to write the card that the flags ask for: so that a file that cannot be is told of before anything is done.
 *
 * @returns what writes it, and gives its absolute path; nothing where no file is asked for
 * @throws UsageError where something else is there already
 */
export async function prepareCard(
  { workingDirectory }: Pick<Context, 'workingDirectory'>,
  { cardFile }: CardFlags,
): Promise<(card: Card) => Promise<string | undefined>> {
  if (cardFile === undefined) return async () => undefined;
  const path = resolve(workingDirectory, cardFile);
  const [{ readIfExists, writeAtomically }, { cardHtml, cardMark }] = await Promise.all([
    import('../host/files.ts'),
    import('../output/card.ts'),
  ]);
  const before = await readIfExists(path);
  if (before !== undefined && !before.includes(cardMark)) {
    throw new UsageError(`${shellWord(path)} is there, and is no card`, {
      code: 'usage.card-file',
      hint: 'Nothing was done. Choose another file.',
    });
  }
  return async (card) => {
    const { renderSVG } = await import('uqr');
    await writeAtomically(
      path,
      cardHtml(card, (text) => renderSVG(text, { border: 2 })),
      0o600,
    );
    return path;
  };
}
