import type { Answers, AnswerValue, QuestionName } from './answers.ts';
import { isAsked, type Known, type Question, questions } from './questions.ts';

/** Where an interview stands: a value, so that going back is nothing but an older one. */
export interface Interview extends Known {
  /** Settled before it began, by a flag or an answers file: never asked, unless somebody wants to change them. */
  readonly given: Answers;
  readonly answers: Answers;
  /** What is offered where it is not settled: answers of an earlier time. */
  readonly offered: Answers;
}

/**
 * An interview at its beginning.
 *
 * @param offered answers of an earlier time; those that do not go with what is given now are dropped
 * @param domain the one that the machine is named after
 * @param front the program that has port 80 or 443 of the machine and can pass requests on, and the Traefik that has them
 */
export function beginInterview(
  given: Answers,
  offered: Answers,
  domain: string | undefined,
  front: Pick<Known, 'proxy' | 'traefik'> = {},
): Interview {
  return questions.reduce(
    (interview: Interview, question) => {
      const value = given[question.name];
      return value === undefined ? interview : withAnswer(interview, question, value);
    },
    { given, answers: given, offered, domain, ...front },
  );
}

/** The question that is to be asked now; undefined when all is answered. */
export function nextQuestion(interview: Interview): Question | undefined {
  return openQuestions(interview)[0];
}

/** What Enter means. */
export function offerOf({ name, fallback }: Question, interview: Interview): AnswerValue | undefined {
  return interview.offered[name] ?? fallback(interview.answers, interview);
}

/** The interview with an answer. What was offered because of another answer to the same question is dropped. */
export function withAnswer(interview: Interview, question: Question, value: AnswerValue): Interview {
  const { name, reopens = [] } = question;
  const { answers, offered } = interview;
  return {
    ...interview,
    answers: { ...answers, [name]: value },
    offered: offered[name] === value ? offered : without(offered, reopens),
  };
}

/** The interview in which a question is asked again, and what depends on it; their answers are offered. */
export function reopened(interview: Interview, { name, reopens = [] }: Question): Interview {
  const { given, answers, offered } = interview;
  const again = [name, ...reopens.filter((other) => given[other] === undefined)];
  return { ...interview, answers: without(answers, again), offered: { ...offered, ...only(answers, again) } };
}

/** The interview at the question before the one that is to be asked now; as it is where there is none before. */
export function steppedBack(interview: Interview): Interview {
  const { given, answers } = interview;
  const now = nextQuestion(interview);
  const before = questions
    .slice(0, now === undefined ? questions.length : questions.indexOf(now))
    .filter((question) => isAsked(question, answers, interview) && given[question.name] === undefined)
    .at(-1);
  return before === undefined ? interview : reopened(interview, before);
}

/** Everything answered by what is offered, and the questions for which nothing is. */
export function answeredByOffers(interview: Interview): { interview: Interview; missing: Question[] } {
  const question = nextQuestion(interview);
  if (question === undefined) {
    return { interview, missing: [] };
  }
  const offer = offerOf(question, interview);
  // With anything in its place the rest can be seen too: all that is missing is told at once.
  const rest = answeredByOffers(withAnswer(interview, question, offer ?? ''));
  return offer === undefined ? { ...rest, missing: [question, ...rest.missing] } : rest;
}

/** The questions that are not answered yet. */
export function openQuestions(interview: Interview): Question[] {
  const { answers } = interview;
  return questions.filter(
    (question) => answers[question.name] === undefined && isAsked(question, answers, interview),
  );
}

function without(answers: Answers, names: readonly QuestionName[]): Answers {
  return Object.fromEntries(Object.entries(answers).filter(([name]) => !names.some((one) => one === name)));
}

function only(answers: Answers, names: readonly QuestionName[]): Answers {
  return Object.fromEntries(Object.entries(answers).filter(([name]) => names.some((one) => one === name)));
}
