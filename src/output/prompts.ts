import { passwordProblem } from '../config/password.ts';
import type { Context } from '../context.ts';
import { CancelledError, UsageError } from '../errors.ts';
import { printable } from '../printable.ts';
import { Secret } from '../secrets/secret.ts';
import { type Style, styleFor } from './style.ts';

export type Terminal = Pick<Context, 'stdin' | 'stderr' | 'environment' | 'interrupt'>;

/** Whether there is a terminal to ask on. */
export function canAsk({ stdin, stderr }: Pick<Context, 'stdin' | 'stderr'>): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/**
 * Asks for a yes on stderr, with no as the default.
 *
 * @throws UsageError with the name of the flag when there is no terminal to ask on; CancelledError when the answer is
 * no.
 */
export async function confirm(
  terminal: Terminal,
  { message, flag }: { message: string; flag: string },
): Promise<void> {
  requireTerminal(terminal, flag);
  if (!(await askYesNo(terminal, message))) {
    throw cancelled();
  }
}

/** Asks a question that may well be answered with no. Escape means no, too. */
export async function agrees(terminal: Terminal, message: string, byDefault = true): Promise<boolean> {
  return (
    (await prompt<boolean>(terminal, {
      type: 'confirm',
      message: printable(message),
      default: byDefault,
    })) === true
  );
}

/**
 * Asks for a yes or a no. The default is no.
 *
 * @throws CancelledError at Escape or Ctrl-C
 */
export async function askYesNo(terminal: Terminal, message: string): Promise<boolean> {
  const answer = await prompt<boolean>(terminal, {
    type: 'confirm',
    message: printable(message),
    default: false,
  });
  if (answer === back) {
    throw cancelled();
  }
  return answer;
}

/**
 * Asks the person to type a word, before something that cannot be undone.
 *
 * @throws as `confirm` does.
 */
export async function typeToConfirm(
  terminal: Terminal,
  { message, word, flag }: { message: string; word: string; flag: string },
): Promise<void> {
  requireTerminal(terminal, flag);
  const typed = await prompt<string>(terminal, {
    type: 'input',
    message: `${printable(message)}\nType ${printable(word)} to continue:`,
  });
  if (typed !== word) {
    throw cancelled();
  }
}

/**
 * Asks for a line of text.
 *
 * @throws CancelledError
 */
export async function askText(terminal: Terminal, message: string): Promise<string> {
  const typed = await prompt<string>(terminal, { type: 'input', message: printable(message) });
  if (typed === back) {
    throw cancelled();
  }
  return typed;
}

/**
 * Asks for a line of text. The question and the answer are erased from the screen afterwards.
 *
 * @throws CancelledError
 */
export async function askUnkept(terminal: Terminal, message: string): Promise<string> {
  const typed = await prompt<string>(terminal, { type: 'input', message }, true);
  if (typed === back) {
    throw cancelled();
  }
  return typed;
}

/**
 * Asks for a new password twice, and does not show it. Begins again when the two differ, since nobody can see which
 * one is wrong.
 *
 * @param flag gives the password when there is no terminal
 * @throws UsageError when there is no terminal to ask on; CancelledError.
 */
export async function askNewPassword(
  terminal: Terminal,
  message: string,
  flag = '--password-file',
): Promise<Secret> {
  requireTerminal(terminal, flag);
  for (let question = message; ; question = `The two differ. ${message}`) {
    const first = await askUnseen(terminal, `${question}:`);
    const second = await askUnseen(terminal, `${message}, again:`);
    if (first === second) {
      return new Secret(first);
    }
  }
}

/**
 * Asks once for a secret that exists already, and does not show it.
 *
 * @throws CancelledError
 */
export async function askSecret(terminal: Terminal, message: string): Promise<Secret> {
  return new Secret(await askUnseen(terminal, message, (typed) => typed !== '' || 'It is empty.'));
}

async function askUnseen(
  terminal: Terminal,
  message: string,
  validate = (typed: string) => {
    const problem = passwordProblem(typed);
    return problem === undefined || `It ${problem}.`;
  },
): Promise<string> {
  const typed = await prompt<string>(
    terminal,
    { type: 'password', toggleMask: false, message: printable(message), validate },
    true,
  );
  if (typed === back) {
    throw cancelled();
  }
  return typed;
}

/** The result of a prompt when Escape was pressed. */
export const back = Symbol('back');

/**
 * Shows one prompt of inquirer on stderr.
 *
 * @param question as inquirer wants it, without a name
 * @param isErased whether to erase the prompt from the screen afterwards
 * @throws CancelledError at Ctrl-C
 */
export async function prompt<Answer>(
  { stdin, stderr, environment, interrupt }: Terminal,
  question: object,
  isErased = false,
): Promise<Answer | typeof back> {
  const { createPromptModule } = (await import('inquirer')).default;
  const leaving = new AbortController();
  const input = stdin as unknown as NodeJS.ReadStream;
  const onKey = (_text: string | undefined, key: { name?: string }) => {
    if (key.name === 'escape') {
      leaving.abort();
    }
  };
  // inquirer has no key for going back. But it makes the input emit each key press, and can be aborted.
  input.on('keypress', onKey);
  const ask = createPromptModule({
    input,
    // By default inquirer writes to stdout, where the answer belongs.
    output: stderr as NodeJS.WriteStream,
    signal: AbortSignal.any([interrupt, leaving.signal]),
    clearPromptOnDone: isErased,
  });
  try {
    const theme = themeOf(styleFor(stderr, environment));
    const { answer } = (await ask([{ theme, ...question, name: 'answer' }] as never)) as { answer: Answer };
    return answer;
  } catch (error) {
    if (leaving.signal.aborted) {
      return back;
    }
    throw isEndOfPrompt(error) ? cancelled() : error;
  } finally {
    input.off('keypress', onKey);
  }
}

function only(style: Style): (text: string) => string {
  return (text) => style(text);
}

/** The look of prompts. Without a theme, inquirer uses colours on any stream. */
export function themeOf(style: Style) {
  const question = style.cyan('?');
  return {
    prefix: question,
    spinner: { frames: [question], interval: 1000 },
    style: {
      answer: only(style.cyan),
      // inquirer passes more arguments than the text. A style would write them, too.
      message: only(style.bold),
      error: only(style.red),
      help: only(style.dim),
      defaultAnswer: (text: string) => style.dim(`(${text})`),
      highlight: only(style.cyan),
      disabled: only(style.dim),
    },
  };
}

/**
 * Refuses a question when there is no terminal to ask on.
 *
 * @throws UsageError with the name of the flag that makes the question needless
 */
export function requireTerminal(terminal: Pick<Context, 'stdin' | 'stderr'>, flag: string): void {
  if (!canAsk(terminal)) {
    throw new UsageError('there is no terminal to ask for a confirmation on', {
      code: 'usage.confirmation',
      hint: `Add ${flag}.`,
    });
  }
}

function isEndOfPrompt(error: unknown): boolean {
  return error instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(error.name);
}

function cancelled(): CancelledError {
  return new CancelledError('nothing was changed', { code: 'cancelled' });
}
