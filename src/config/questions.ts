import { dnsNameIn, isPublicName, isReachableName } from '../identifiers/dns-name.ts';
import { adminMeaning } from './admin.ts';
import {
  type Answers,
  type AnswerValue,
  answersSchema,
  askedFor,
  hasOtherProxy,
  noneAnswer,
  type QuestionName,
} from './answers.ts';
import { challengeQuestions, ordersCertificates } from './challenge-question.ts';
import { delegationQuestion, sightOf } from './delegation-question.ts';
import { edgeQuestion, type KnownTraefik, traefikQuestions } from './edge-question.ts';
import type { ConfigIssue } from './issue.ts';
import { mailIssues } from './mail-answers.ts';
import { knownHost, type NameSight } from './name-sight.ts';
import { describeSchemaIssue } from './schema-wording.ts';

/** One of the possible answers to a question that has few. */
interface Choice {
  readonly value: AnswerValue;
  readonly name: string;
  /** What the choice means, shown before the operator chooses. */
  readonly meaning: string;
  /** Why it cannot be chosen, and what to do instead; absent when it can be chosen. */
  readonly unavailable?: string;
}

/** Facts beyond the answers, on which questions depend. */
export interface Known {
  /** The domain in the machine's own name. */
  readonly domain: string | undefined;
  /** The program that uses port 80 or 443 of the machine and can pass requests on. */
  readonly proxy?: string | undefined;
  /** The Traefik that already runs in a container of the machine and uses these ports. */
  readonly traefik?: KnownTraefik | undefined;
  /** What was found at the server name; absent until it is looked up. */
  readonly sight?: NameSight | undefined;
}

/** A question of `init` as data. `soFar` has the answers to earlier questions. */
export interface Question {
  /** Its key in an answers file. */
  readonly name: QuestionName;
  readonly flag: string;
  /** What the answer is called in the review and in front of the cursor. */
  readonly label: string;
  text(soFar: Answers, known: Known): string;
  /** A paragraph that says what depends on the answer. */
  help(soFar: Answers, known: Known): string;
  readonly choices?: (soFar: Answers, known: Known) => readonly Choice[];
  /** The answer that Enter gives; `undefined` when there is no default. */
  fallback(soFar: Answers, known: Known): AnswerValue | undefined;
  /** Whether the question applies; always when absent. */
  readonly applies?: (soFar: Answers, known: Known) => boolean;
  /** What is wrong with a well-formed answer, as the rest of a sentence. */
  readonly problem?: (value: AnswerValue, soFar: Answers) => string | undefined;
  /** The answer that was probably meant by a malformed one. */
  readonly meant?: (text: string) => string | undefined;
  /** Why there must be an answer, and how to get one: shown when the operator gives none. */
  needed?(known: Known): string;
  /** A permanent answer: it must be typed twice. */
  readonly isPermanent?: boolean;
  /** Answers that become invalid when this one changes. */
  readonly reopens?: readonly QuestionName[];
}

/** Whether the CA of these answers can issue a certificate for a DNS name. */
const canBeCertified = (name: string, { acme_directory, acme_roots }: Answers): boolean =>
  acme_directory === undefined && acme_roots === undefined ? isPublicName(name) : isReachableName(name);

const needsCertificate = (value: AnswerValue, soFar: Answers) =>
  soFar.local || canBeCertified(String(value), soFar)
    ? undefined
    : 'is a name that no CA issues certificates for: use a name of your domain';

/** The questions, in the order in which they are asked. */
export const questions: readonly Question[] = [
  {
    name: 'server_name',
    flag: '--server-name <name>',
    label: 'server name',
    text: () => "What is your server's name?",
    help: () =>
      'It is the part after the colon in user IDs: with example.org, you are @you:example.org. It is permanent: nobody can change it later. Take a domain that you own. Without one, `matrix-deploy init --local` sets up a server for this machine only.',
    fallback: ({ local }, { domain }) => (local ? 'localhost' : domain),
    problem: needsCertificate,
    meant: dnsNameIn,
    needed: () => 'There is no server without a name: it is a part of every user ID.',
    isPermanent: true,
    reopens: ['host'],
  },
  delegationQuestion,
  {
    name: 'host',
    flag: '--host <name>',
    label: 'host',
    text: () => 'Which hostname should clients use?',
    help: ({ server_name }) =>
      `People never see it: it is an address behind ${server_name}, and can be changed later. Its DNS record must lead to this machine.`,
    applies: ({ local, delegation }) => !local && delegation !== 'none',
    fallback: (soFar, known) => {
      const sight = sightOf(soFar, known);
      return (sight && knownHost(sight)) ?? `matrix.${soFar.server_name ?? '<server name>'}`;
    },
    problem: (value, soFar) =>
      value === soFar.server_name && ['well-known', 'elsewhere', 'srv'].includes(String(soFar.delegation))
        ? 'is the server name: choose another, or go back and let that be the homeserver itself'
        : needsCertificate(value, soFar),
    meant: dnsNameIn,
  },
  edgeQuestion,
  ...traefikQuestions,
  ...challengeQuestions,
  {
    name: 'email',
    flag: '--email <address>',
    label: 'email',
    text: () => 'Which contact address should the CA get?',
    help: ({ acme_directory }) => `The CA at ${acme_directory} may need one, or write to it.`,
    // Let's Encrypt needs none, and sends no mail.
    applies: (soFar, known) => ordersCertificates(soFar, known) && soFar.acme_directory !== undefined,
    fallback: () => noneAnswer,
  },
  {
    name: 'admin',
    flag: '--admin <name>',
    label: 'admin',
    text: () => 'What is the name of the first user, who is the admin?',
    help: ({ server_name }) =>
      `With admin, the user ID is @admin:${server_name}. A password is generated, and you are told where it is. ${adminMeaning}`,
    fallback: () => 'admin',
    meant: (text) => /^@?([^:\s]+)/.exec(text.trim().toLowerCase())?.[1],
  },
  {
    name: 'start',
    flag: '--start or --no-start',
    label: 'start now',
    text: () => 'Start it now?',
    help: () => 'Either way, you see all answers once more before anything is done.',
    choices: () => [
      { value: true, name: 'Yes', meaning: 'Get the images, start everything, and verify that it works.' },
      { value: false, name: 'No', meaning: 'Only write matrix.yaml, to look at it first.' },
    ],
    // The operator's program belongs in a directory that does not exist before matrix.yaml is written.
    fallback: ({ challenge }) => challenge !== 'dns-program',
  },
];

/** Whether a question applies with these answers. */
export function isAsked({ applies }: Question, soFar: Answers, known: Known): boolean {
  return applies === undefined || applies(soFar, known);
}

/** What is wrong with an answer, as the rest of a sentence that begins with its name; undefined when it is good. */
export function problemOf(
  { name, problem, meant, applies }: Question,
  value: AnswerValue,
  soFar: Answers,
): string | undefined {
  if (soFar.local && applies !== undefined) {
    return notForLocal;
  }
  const issue = schemaProblem(name, value);
  if (issue === undefined) {
    return problem?.(value, soFar);
  }
  const near = meant?.(String(value));
  const isBetter = near !== undefined && schemaProblem(name, near) === undefined;
  return isBetter ? `${issue}: did you mean ${near}?` : issue;
}

function schemaProblem(name: QuestionName, value: AnswerValue): string | undefined {
  const parsed = askedFor[name].safeParse(value, { error: describeSchemaIssue });
  return parsed.error?.issues[0]?.message;
}

/** All issues of a set of answers. */
export function answerIssues(answers: Answers): ConfigIssue[] {
  const asked = questions.flatMap((question) => {
    const value = answers[question.name];
    const message = value === undefined ? undefined : problemOf(question, value, answers);
    return message === undefined ? [] : [{ path: [question.name], message }];
  });
  const others = answersSchema.safeParse(answers, { error: describeSchemaIssue }).error?.issues ?? [];
  const forCa = (['acme_directory', 'acme_roots'] as const).filter((key) => answers[key] !== undefined);
  return [
    ...asked,
    ...others.filter(({ path }) => !Object.hasOwn(askedFor, String(path[0]))),
    ...mailIssues(answers),
    ...(answers.local ? forCa.map((key) => ({ path: [key], message: notForLocal })) : []),
    ...(hasOtherProxy(answers)
      ? (['acme_directory', 'challenge'] as const)
          .filter((key) => answers[key] !== undefined)
          .map((key) => ({
            path: [key],
            message: 'is not for a server whose certificates another proxy has',
          }))
      : []),
  ];
}

const notForLocal = 'is not for a local server';

/**
 * The domain that a machine is probably meant to serve: example.org for a machine with the name example.org or
 * matrix.example.org. Any other name may belong to its provider.
 *
 * @param names the machine's own names, with and without its domain
 * @param given the answers from flags and files: a private CA certifies more names than a public one
 */
export function domainOf(names: readonly string[], given: Answers): string | undefined {
  return names
    .map((name) => dnsNameIn(name) ?? '')
    .filter((name) => name.startsWith('matrix.') || name.split('.').length === 2)
    .map((name) => name.replace(/^matrix\./, ''))
    .find((name) => canBeCertified(name, given));
}
