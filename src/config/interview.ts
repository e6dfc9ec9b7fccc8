import type { Answers, AnswerValue, QuestionName } from './answers.ts';
import { isAsked, type Known, problemOf, type Question, questions } from './questions.ts';

/** The state of an interview. It is a value: each step, forward or back, returns a new one. */
export interface Interview extends Known {
  /**
   * Answers from flags or an answers file. Their questions are not asked, unless the operator wants to change them.
   */
  readonly given: Answers;
  readonly answers: Answers;
  /** Defaults from an earlier interview. They take precedence over the defaults of the questions. */
  readonly offered: Answers;
}

/**
 * An interview at its beginning.
 *
 * @param offered answers of an earlier interview; those that do not fit the given answers are dropped
 * @param domain the domain in the machine's own name
 * @param front the program that uses port 80 or 443 of the machine and can pass requests on, or the Traefik that uses
 *   them
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

/** The next question to ask; `undefined` when all are answered. */
export function nextQuestion(interview: Interview): Question | undefined {
  return openQuestions(interview)[0];
}

/** The answer that Enter gives; `undefined` when there is none. */
export function offerOf({ name, fallback }: Question, interview: Interview): AnswerValue | undefined {
  return interview.offered[name] ?? fallback(interview.answers, interview);
}

/** The interview with an answer. If another answer was offered, the offers that depend on it are dropped. */
export function withAnswer(interview: Interview, question: Question, value: AnswerValue): Interview {
  const { name, reopens = [] } = question;
  const { answers, offered } = interview;
  return {
    ...interview,
    answers: { ...answers, [name]: value },
    offered: offered[name] === value ? offered : without(offered, reopens),
  };
}

/** The interview in which a question and those that depend on it are asked again, with their answers as offers. */
export function reopened(interview: Interview, { name, reopens = [] }: Question): Interview {
  const { given, answers, offered } = interview;
  const again = [name, ...reopens.filter((other) => given[other] === undefined)];
  return { ...interview, answers: without(answers, again), offered: { ...offered, ...only(answers, again) } };
}

/** The interview at the previous question; unchanged when there is none. */
export function steppedBack(interview: Interview): Interview {
  const { given, answers } = interview;
  const now = nextQuestion(interview);
  const before = questions
    .slice(0, now === undefined ? questions.length : questions.indexOf(now))
    .filter((question) => isAsked(question, answers, interview) && given[question.name] === undefined)
    .at(-1);
  return before === undefined ? interview : reopened(interview, before);
}

/** The interview with all open questions answered by their offers, and the questions that have none. */
export function answeredByOffers(interview: Interview): { interview: Interview; missing: Question[] } {
  const question = nextQuestion(interview);
  if (question === undefined) {
    return { interview, missing: [] };
  }
  const offer = offerOf(question, interview);
  // Continues with an empty answer, so that all questions without an offer are found at once.
  const rest = answeredByOffers(withAnswer(interview, question, offer ?? ''));
  return offer === undefined ? { ...rest, missing: [question, ...rest.missing] } : rest;
}

/** The place of a question among all questions that are asked. */
interface QuestionPosition {
  /** Counted from 1. */
  readonly place: number;
  /** The number of all questions, if each open one is answered by its offer. */
  readonly total: number;
  /** Whether the total is the same whatever is answered from here on. */
  readonly isCertain: boolean;
}

/** The place of a question that applies. The total counts the questions that the offers lead to. */
export function positionOf(interview: Interview, question: Question): QuestionPosition {
  const asked = askedIn(answeredByOffers(interview).interview);
  return {
    place: asked.indexOf(question) + 1,
    total: asked.length,
    isCertain: possibleTotals(interview).size === 1,
  };
}

/** How many questions there can be in all. Only answers that are chosen decide whether others are asked. */
function possibleTotals(interview: Interview): ReadonlySet<number> {
  const question = nextQuestion(interview);
  if (question === undefined) return new Set([askedIn(interview).length]);
  const { answers } = interview;
  const values =
    question.choices === undefined
      ? [offerOf(question, interview) ?? '']
      : question
          .choices(answers, interview)
          .filter(
            ({ value, unavailable }) =>
              unavailable === undefined && problemOf(question, value, answers) === undefined,
          )
          .map(({ value }) => value);
  return new Set(values.flatMap((value) => [...possibleTotals(withAnswer(interview, question, value))]));
}

/** The questions that apply, whether they are answered or not. */
export function askedIn(interview: Interview): Question[] {
  return questions.filter((question) => isAsked(question, interview.answers, interview));
}

/** The questions that are not answered yet. */
export function openQuestions(interview: Interview): Question[] {
  return askedIn(interview).filter(({ name }) => interview.answers[name] === undefined);
}

function without(answers: Answers, names: readonly QuestionName[]): Answers {
  return Object.fromEntries(Object.entries(answers).filter(([name]) => !names.some((one) => one === name)));
}

function only(answers: Answers, names: readonly QuestionName[]): Answers {
  return Object.fromEntries(Object.entries(answers).filter(([name]) => names.some((one) => one === name)));
}
