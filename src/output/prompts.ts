import type { Context } from '../context.ts';
import { CancelledError, UsageError } from '../errors.ts';

type Terminal = Pick<Context, 'stdin' | 'stderr' | 'interrupt'>;

/**
 * Asks for a yes on stderr, with no as the default.
 *
 * @throws UsageError naming the flag where there is no terminal to ask on; CancelledError when the answer is no.
 */
export async function confirm(
  terminal: Terminal,
  { message, flag }: { message: string; flag: string },
): Promise<void> {
  const yes = await ask<boolean>(terminal, flag, { type: 'confirm', message, default: false });
  if (!yes) {
    throw cancelled();
  }
}

/**
 * Asks for a word to be typed, for what cannot be undone.
 *
 * @throws as `confirm` does.
 */
export async function typeToConfirm(
  terminal: Terminal,
  { message, word, flag }: { message: string; word: string; flag: string },
): Promise<void> {
  const typed = await ask<string>(terminal, flag, {
    type: 'input',
    message: `${message}\nType ${word} to go on:`,
  });
  if (typed !== word) {
    throw cancelled();
  }
}

async function ask<Answer>(
  { stdin, stderr, interrupt }: Terminal,
  flag: string,
  question: object,
): Promise<Answer> {
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new UsageError('there is no terminal to ask for a confirmation on', {
      code: 'usage.confirmation',
      hint: `Add ${flag}.`,
    });
  }
  const { createPromptModule } = (await import('inquirer')).default;
  // By default inquirer writes to stdout, where the answer belongs.
  const prompt = createPromptModule({ output: stderr as NodeJS.WriteStream });
  try {
    const asked = prompt([{ ...question, name: 'answer' }] as never);
    interrupt.addEventListener('abort', () => (asked as { ui?: { close(): void } }).ui?.close());
    return ((await asked) as { answer: Answer }).answer;
  } catch {
    throw cancelled();
  }
}

function cancelled(): CancelledError {
  return new CancelledError('nothing was changed', { code: 'cancelled' });
}
