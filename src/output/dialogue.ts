import { printable } from '../printable.ts';
import { back, prompt, type Terminal, themeOf } from './prompts.ts';
import type { Style } from './style.ts';
import { wrapWords } from './wrap.ts';

/** The terminal for questions, and its colours. */
export interface Conversation {
  readonly terminal: Terminal;
  readonly style: Style;
}

/** The text above the place for an answer. */
interface Heading {
  readonly title: string;
  /** The position of the question, such as `5 of 6`. */
  readonly place?: string | undefined;
  /**
   * What depends on the answer: paragraphs to wrap. One that begins with two spaces is a line that is not wrapped.
   */
  readonly text?: readonly string[];
  /** Whether Escape goes back to an earlier question. */
  readonly canGoBack: boolean;
}

interface Input extends Heading {
  /** The text before the cursor. */
  readonly label: string;
  /** The answer when only Enter is pressed. Absent when there is none. */
  readonly offer?: string | undefined;
  /** Why a text is not a valid answer; `undefined` when it is one. */
  readonly problem: (text: string) => string | undefined;
}

/** Asks for a line of text. The question is erased from the screen afterwards. */
export async function askForText(
  { terminal, style }: Conversation,
  { label, offer, problem, ...heading }: Input,
): Promise<string | typeof back> {
  const enter = offer === undefined ? [] : ['Enter accepts the answer in brackets'];
  const typed = await prompt<string>(
    terminal,
    {
      type: 'input',
      message: [...headingLines(heading, style), keyLine(style, enter, heading), '', `  ${label}:`].join(
        '\n',
      ),
      default: offer,
      validate: (text: string) => problem(text.trim()) ?? true,
      theme: pageTheme(style, heading),
    },
    true,
  );
  return typed === back ? back : typed.trim();
}

interface Option<Value> {
  readonly value: Value;
  readonly name: string;
  /** The meaning of the option, shown while the cursor is on it. */
  readonly meaning?: string;
  readonly isUnavailable?: boolean;
}

interface Selection<Value> extends Heading {
  readonly options: readonly Option<Value>[];
  readonly offer?: Value | undefined;
}

/** Asks to choose one of a few options. The question is erased from the screen afterwards. */
export function askToChoose<Value>(
  { terminal, style }: Conversation,
  { options, offer, ...heading }: Selection<Value>,
): Promise<Value | typeof back> {
  const choices = options.map(({ value, name, meaning, isUnavailable }) => ({
    value,
    name: printable(name),
    ...(meaning === undefined ? {} : { description: indented(printable(meaning)).join('\n') }),
    // inquirer writes this text behind the name.
    disabled: isUnavailable ? ' ' : false,
  }));
  return prompt<Value>(
    terminal,
    {
      type: 'select',
      message: `${headingLines(heading, style).join('\n')}\n`,
      choices,
      default: offer,
      loop: false,
      theme: pageTheme(style, heading),
    },
    true,
  );
}

const width = 78;

function headingLines({ title, place, text = [] }: Heading, style: Style): string[] {
  return [
    `${style.bold(printable(title))}${place === undefined ? '' : ` ${style.dim(place)}`}`,
    ...text
      .map(printable)
      .flatMap((paragraph) => (/^(?: {2}|$)/.test(paragraph) ? [paragraph] : indented(paragraph))),
  ];
}

function keyLine(style: Style, keys: readonly string[], { canGoBack }: Pick<Heading, 'canGoBack'>): string {
  const all = [...keys, ...(canGoBack ? ['Esc goes back'] : []), 'Ctrl-C stops'];
  return style.dim(`  ${all.join(' · ')}`);
}

function indented(paragraph: string): string[] {
  return wrapWords(paragraph, width - 2).map((line) => `  ${line}`);
}

function pageTheme(style: Style, heading: Pick<Heading, 'canGoBack'>): object {
  const plain = themeOf(style);
  return {
    ...plain,
    icon: { cursor: style.cyan('❯') },
    style: {
      ...plain.style,
      message: (text: string) => text,
      error: (text: string) => style.red(indented(text).join('\n')),
      description: (text: string) => text,
      keysHelpTip: () => keyLine(style, ['Up and Down choose', 'Enter accepts it'], heading),
    },
    i18n: { disabledError: 'This option is not available.' },
  };
}
