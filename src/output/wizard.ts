import { type Answers, type AnswerValue, askedFor } from '../config/answers.ts';
import {
  askedIn,
  type Interview,
  nextQuestion,
  offerOf,
  positionOf,
  reopened,
  steppedBack,
  withAnswer,
} from '../config/interview.ts';
import type { NameSight } from '../config/name-sight.ts';
import { problemOf, type Question, questions } from '../config/questions.ts';
import { CancelledError } from '../errors.ts';
import type { SavedAnswers } from '../state/saved-answers.ts';
import { askForText, askToChoose, type Conversation } from './dialogue.ts';
import { openPage } from './page.ts';
import { back } from './prompts.ts';
import { describeReview } from './review.ts';
import type { Style } from './style.ts';
import { alignColumns } from './table.ts';

/**
 * Asks the open questions of an interview, and then for a confirmation. Each answer is saved at once.
 *
 * @param lookAtName finds out what answers on a name; gives `undefined` when it cannot
 * @returns all answers, which the person has confirmed together
 * @throws CancelledError at Ctrl-C, and when the person does not confirm. Then nothing was done.
 */
export async function runWizard(
  conversation: Conversation,
  beginning: Interview,
  saved: Pick<SavedAnswers, 'write'>,
  lookAtName: (name: string) => Promise<NameSight | undefined>,
): Promise<Answers> {
  const page = openPage(conversation.terminal.stderr);
  let interview = beginning;
  let isBegun = false;
  try {
    for (;;) {
      const question = nextQuestion(interview);
      const { server_name } = interview.answers;
      if (question?.name === 'delegation' && server_name && interview.sight?.name !== server_name) {
        page.show([
          ...answerLines(interview, conversation.style),
          `  Checking what answers on ${server_name} …`,
        ]);
        interview = { ...interview, sight: await lookAtName(server_name) };
      }
      page.show(question === undefined ? [''] : answerLines(interview, conversation.style));
      const step =
        question === undefined
          ? await askForGoAhead(conversation, interview)
          : await ask(conversation, interview, question);
      if (step === 'go') {
        page.show(['', ...describeReview(interview.answers), '']);
        return interview.answers;
      }
      interview = step;
      isBegun = true;
      await saved.write(worthSaving(interview));
    }
  } catch (error) {
    throw error instanceof CancelledError && isBegun ? keptAnswers() : error;
  }
}

async function ask(conversation: Conversation, interview: Interview, question: Question): Promise<Interview> {
  const answer =
    question.choices === undefined
      ? await askText(conversation, interview, question)
      : await askChoice(conversation, interview, question);
  return answer === back ? steppedBack(interview) : withAnswer(interview, question, answer);
}

async function askText(
  conversation: Conversation,
  interview: Interview,
  question: Question,
): Promise<string | typeof back> {
  const { label, needed, isPermanent } = question;
  const offer = offerOf(question, interview) as string | undefined;
  const typed = await askForText(conversation, {
    ...headingOf(interview, question),
    label,
    offer,
    problem: (text) =>
      (text === '' && needed?.(interview)) || sentence(label, problemOf(question, text, interview.answers)),
  });
  // An answer that was offered has no typing errors.
  const isSure = typed === back || typed === offer || !isPermanent;
  return isSure ? typed : askAgain(conversation, question, typed);
}

/** Asks for a permanent answer again: a typing error could not be corrected later. */
function askAgain(
  conversation: Conversation,
  { label }: Question,
  typed: string,
): Promise<string | typeof back> {
  return askForText(conversation, {
    title: `Your user ID will be @you:${typed}, permanently.`,
    text: ['Check every letter, then type it again.'],
    canGoBack: true,
    label,
    problem: (text) => (text === typed ? undefined : `That differs from ${typed}, which you typed before.`),
  });
}

function askChoice(
  conversation: Conversation,
  interview: Interview,
  question: Question,
): Promise<AnswerValue | typeof back> {
  const { answers } = interview;
  const choices = question.choices?.(answers, interview) ?? [];
  return askToChoose(conversation, {
    ...headingOf(interview, question),
    options: choices.map(({ value, name, meaning, unavailable }) => {
      const problem = unavailable ?? sentence('This', problemOf(question, value, answers));
      return { value, name, meaning: problem ?? meaning, isUnavailable: problem !== undefined };
    }),
    offer: offerOf(question, interview),
  });
}

function headingOf(interview: Interview, question: Question) {
  const { answers } = interview;
  const { place, total, isCertain } = positionOf(interview, question);
  return {
    title: question.text(answers, interview),
    place: `${place} of ${isCertain ? total : `about ${total}`}`,
    text: [question.help(answers, interview)],
    canGoBack: steppedBack(interview) !== interview,
  };
}

/** Shows what will be set up from all answers, and asks for a confirmation. */
async function askForGoAhead(conversation: Conversation, interview: Interview): Promise<Interview | 'go'> {
  const decision = await askToChoose(conversation, {
    title: 'Continue with these answers?',
    text: ['', ...describeReview(interview.answers).map((line) => `  ${line}`)],
    canGoBack: steppedBack(interview) !== interview,
    options: [
      { value: 'go', name: interview.answers.start ? 'Yes, set it up' : 'Yes, write matrix.yaml' },
      { value: 'change', name: 'Change an answer' },
      { value: 'stop', name: 'Stop, and save the answers for later' },
    ],
  });
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
  const { answers } = interview;
  const asked = askedIn(interview);
  const names = alignColumns(asked.map(({ label, name }) => [label, describeAnswer(answers[name])]));
  const chosen = await askToChoose(conversation, {
    title: 'Which answer do you want to change?',
    canGoBack: true,
    options: asked.map((question, index) => ({ value: question, name: String(names[index]) })),
  });
  return chosen === back ? interview : reopened(interview, chosen);
}

function sentence(subject: string, rest: string | undefined): string | undefined {
  return rest === undefined ? undefined : `${subject} ${rest}`;
}

/** The answers so far, one line each, between two empty lines; before the first, that nothing is changed yet. */
function answerLines({ answers }: Interview, style: Style): string[] {
  const answered = questions.filter(({ name }) => answers[name] !== undefined);
  const lines = alignColumns(
    answered.map(({ label, name }) => [`  ${style.dim(label)}`, describeAnswer(answers[name])]),
  );
  return ['', ...(lines.length === 0 ? [`  ${style.dim(promise)}`] : lines), ''];
}

const promise = 'Nothing is changed before you have reviewed and confirmed all answers.';

function describeAnswer(value: AnswerValue | undefined): string {
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

/** The answers to offer next time: only answers to questions of `init`. */
function worthSaving({ answers, offered }: Interview): Answers {
  const known = Object.entries({ ...offered, ...answers });
  return Object.fromEntries(known.filter(([name]) => Object.hasOwn(askedFor, name)));
}

function keptAnswers(): CancelledError {
  return new CancelledError('stopped; nothing was changed', {
    code: 'cancelled',
    hint: 'Your answers are saved: the same command offers them again.',
  });
}
