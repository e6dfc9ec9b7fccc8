import { type Answers, type AnswerValue, askedFor } from '../config/answers.ts';
import {
  type Interview,
  nextQuestion,
  offerOf,
  reopened,
  steppedBack,
  withAnswer,
} from '../config/interview.ts';
import { isAsked, problemOf, type Question, questions } from '../config/questions.ts';
import type { Output } from '../context.ts';
import { CancelledError } from '../errors.ts';
import type { SavedAnswers } from '../state/saved-answers.ts';
import { back, prompt, type Terminal } from './prompts.ts';
import { describeReview } from './review.ts';
import type { Style } from './style.ts';
import { alignColumns } from './table.ts';
import { wrapWords } from './wrap.ts';

/** What is asked of a person, on which terminal, in which colours. */
interface Conversation {
  readonly terminal: Terminal;
  readonly style: Style;
}

/**
 * Asks what is open in an interview, and then for a go-ahead. Answers are saved as they come.
 *
 * @returns all answers, which somebody has seen together and agreed to
 * @throws CancelledError at Ctrl-C, and when the go-ahead is not given; nothing was done then
 */
export async function runWizard(
  conversation: Conversation,
  beginning: Interview,
  saved: Pick<SavedAnswers, 'write'>,
): Promise<Answers> {
  const page = openPage(conversation.terminal.stderr);
  let interview = beginning;
  try {
    for (;;) {
      const question = nextQuestion(interview);
      page.show(question === undefined ? [] : answerLines(interview, conversation.style));
      const step =
        question === undefined
          ? await askForGoAhead(conversation, interview)
          : await ask(conversation, interview, question);
      if (step === 'go') {
        page.show(describeReview(interview.answers));
        return interview.answers;
      }
      interview = step;
      await saved.write(worthSaving(interview));
    }
  } catch (error) {
    throw error instanceof CancelledError && nextQuestion(interview) !== nextQuestion(beginning)
      ? keptAnswers()
      : error;
  }
}

async function ask(conversation: Conversation, interview: Interview, question: Question): Promise<Interview> {
  const answer =
    question.choices === undefined
      ? await askText(conversation, interview, question)
      : await askChoice(conversation, interview, question);
  if (answer === back) {
    return steppedBack(interview);
  }
  return withAnswer(interview, question, answer);
}

async function askText(
  conversation: Conversation,
  interview: Interview,
  question: Question,
): Promise<string | typeof back> {
  const { terminal, style } = conversation;
  const { label, needed } = question;
  const offer = offerOf(question, interview);
  const check = (text: string) => {
    if (text.trim() === '') {
      return needed ?? `${label} cannot be empty`;
    }
    const problem = problemOf(question, text.trim(), interview.answers);
    return problem === undefined || `${label} ${problem}`;
  };
  const keys = offer === undefined ? [] : ['Enter takes what is in brackets'];
  const typed = await prompt<string>(
    terminal,
    {
      type: 'input',
      message: `${heading(conversation, interview, question)}\n${hint(style, keys)}\n\n  ${label}`,
      default: offer,
      validate: check,
      theme: themeOf(style),
    },
    true,
  );
  if (typed === back || !question.isPermanent || typed.trim() === offer) {
    return typed === back ? back : typed.trim();
  }
  return askAgain(conversation, question, typed.trim());
}

/** Whoever mistypes what is permanent has a server of the wrong name. */
async function askAgain(
  { terminal, style }: Conversation,
  { label }: Question,
  first: string,
): Promise<string | typeof back> {
  const again = await prompt<string>(
    terminal,
    {
      type: 'input',
      message: `${style.bold(`You will be @you:${first}, for good. Is every letter right?`)}\n${hint(style, ['Type it once more'])}\n\n  ${label}`,
      validate: (text: string) => text.trim() === first || `that is not ${first}, as you typed before`,
      theme: themeOf(style),
    },
    true,
  );
  return again === back ? back : again.trim();
}

function askChoice(
  conversation: Conversation,
  interview: Interview,
  question: Question,
): Promise<AnswerValue | typeof back> {
  const { answers } = interview;
  const choices = question.choices?.(answers) ?? [];
  return choose(
    conversation,
    heading(conversation, interview, question),
    choices.map(({ value, name, meaning, unavailable }) => {
      const problem = unavailable ?? problemOf(question, value, answers);
      return { value, name, description: problem ?? meaning, disabled: problem !== undefined && ' ' };
    }),
    offerOf(question, interview),
  );
}

/** Shows what all answers come to. */
async function askForGoAhead(conversation: Conversation, interview: Interview): Promise<Interview | 'go'> {
  const { answers } = interview;
  const review = describeReview(answers).map((line) => (line === '' ? '' : `  ${line}`));
  const title = conversation.style.bold('This is what you get. Go on?');
  const go = answers.start ? 'Yes, set it up' : 'Yes, write matrix.yaml';
  const decision = await choose(conversation, [title, '', ...review, ''].join('\n'), [
    { value: 'go', name: go },
    { value: 'change', name: 'Change an answer' },
    { value: 'stop', name: 'Stop; the answers are kept' },
  ]);
  switch (decision) {
    case 'go':
      return 'go';
    case 'change':
      return askWhatToChange(conversation, interview);
    case back:
      return steppedBack(interview);
    default:
      throw keptAnswers();
  }
}

async function askWhatToChange(conversation: Conversation, interview: Interview): Promise<Interview> {
  const answered = questions.filter((question) => isAsked(question, interview.answers));
  const names = alignColumns(
    answered.map(({ label, name }) => [label, describeAnswer(interview.answers[name])]),
  );
  const chosen = await choose(
    conversation,
    conversation.style.bold('Which answer?'),
    answered.map((question, index) => ({ value: question, name: names[index] ?? question.label })),
  );
  return chosen === back ? interview : reopened(interview, chosen);
}

interface Option<Value> {
  readonly value: Value;
  readonly name: string;
  readonly description?: string;
  /** A text that says so, where it cannot be chosen. */
  readonly disabled?: string | false;
}

function choose<Value>(
  { terminal, style }: Conversation,
  message: string,
  options: readonly Option<Value>[],
  chosen?: Value,
): Promise<Value | typeof back> {
  const columns = columnsOf(terminal.stderr);
  const choices = options.map(({ description, ...option }) => ({
    ...option,
    ...(description === undefined ? {} : { description: indented(description, columns).join('\n') }),
  }));
  return prompt<Value>(
    terminal,
    { type: 'select', message, choices, default: chosen, loop: false, theme: themeOf(style) },
    true,
  );
}

/** A question's first lines: what is asked, how far one is, what depends on it. */
function heading({ terminal, style }: Conversation, { answers }: Interview, question: Question): string {
  const asked = questions.filter((one) => isAsked(one, answers));
  const place = `${asked.indexOf(question) + 1} of ${asked.length}`;
  return [
    `${style.bold(question.text(answers))} ${style.dim(place)}`,
    ...indented(question.help(answers), columnsOf(terminal.stderr)),
  ].join('\n');
}

function hint(style: Style, keys: readonly string[]): string {
  return style.dim(`  ${[...keys, 'Esc goes back', 'Ctrl-C stops'].join(' · ')}`);
}

// inquirer colours whatever the stream is, unless it is told how.
function themeOf(style: Style): object {
  return {
    prefix: style.cyan('?'),
    icon: { cursor: style.cyan('❯') },
    style: {
      answer: style.cyan,
      message: (text: string) => text,
      error: (text: string) => `  ${style.red(text)}`,
      defaultAnswer: (text: string) => style.dim(`(${text})`),
      highlight: style.cyan,
      description: (text: string) => text,
      disabled: style.dim,
      keysHelpTip: () => hint(style, ['Up and Down choose', 'Enter takes it']),
    },
    i18n: { disabledError: 'this one cannot be chosen: see above' },
  };
}

function indented(paragraph: string, columns: number): string[] {
  return wrapWords(paragraph, columns - 2).map((line) => `  ${line}`);
}

function columnsOf({ columns }: Output): number {
  return Math.min(columns ?? 80, 80);
}

/** The answers so far, a line each. */
function answerLines({ answers }: Interview, style: Style): string[] {
  const answered = questions.filter(({ name }) => answers[name] !== undefined);
  const width = Math.max(...questions.map(({ label }) => label.length));
  return answered.map(
    ({ label, name }) => `  ${style.dim(label.padEnd(width))}  ${describeAnswer(answers[name])}`,
  );
}

function describeAnswer(value: AnswerValue | undefined): string {
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

/** What is offered next time: never more than what is asked. */
function worthSaving({ answers, offered }: Interview): Answers {
  const known = Object.entries({ ...offered, ...answers });
  return Object.fromEntries(known.filter(([name]) => Object.hasOwn(askedFor, name)));
}

/** Lines that can be replaced by others as long as nothing else was written after them. */
function openPage(stderr: Output): { show(lines: readonly string[]): void } {
  let rows = 0;
  return {
    show(lines) {
      const erased = rows === 0 ? '' : `\u001b[${rows}A\u001b[J`;
      stderr.write(`${erased}${lines.map((line) => `${line}\n`).join('')}`);
      rows = lines.reduce((sum, line) => sum + rowsOf(line, stderr.columns ?? 80), 0);
    },
  };
}

function rowsOf(line: string, columns: number): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours take no room.
  return Math.max(1, Math.ceil(line.replaceAll(/\u001b\[\d+m/g, '').length / columns));
}

function keptAnswers(): CancelledError {
  return new CancelledError('stopped; nothing was changed', {
    code: 'cancelled',
    hint: 'Your answers are kept: the next `matrix-deploy init` offers them.',
  });
}
