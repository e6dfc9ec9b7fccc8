import { basename } from 'node:path';
import { type ExistingTraefik, existingTraefikDefaults } from '../components/traefik/existing-traefik.ts';
import { type Answers, flagOf, parseAnswers } from '../config/answers.ts';
import type { KnownTraefik } from '../config/edge-question.ts';
import { answeredByOffers, beginInterview, type Interview, openQuestions } from '../config/interview.ts';
import { answerIssues, domainOf, type Known, type Question } from '../config/questions.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { readYamlFile } from '../host/given-files.ts';
import { findTraefik } from '../preflight/find-traefik.ts';
import { webPorts, webProxyAmong } from '../preflight/ports.ts';
import type { SavedAnswers } from '../state/saved-answers.ts';

/**
 * The answers from flags and an answers file; flags take precedence.
 *
 * @param file path of the answers file, if there is one
 * @throws ConfigError with all that is wrong in the file, UsageError with all that is wrong with the flags.
 */
export async function readGiven(
  flags: Answers,
  file: string | undefined,
  context: Pick<Context, 'workingDirectory' | 'stdin' | 'interrupt'>,
): Promise<Answers> {
  const fromFile =
    file === undefined ? {} : parseAnswers(await readYamlFile(file, context), basename(file), answerIssues);
  const given = { ...fromFile, ...flags };
  refuse(given);
  return given;
}

interface Conversation {
  readonly saved: SavedAnswers;
  /** Whether to ask nothing, and take the offered answers. */
  readonly acceptOffers: boolean;
  /** Asks the open questions; absent when nobody can answer. */
  readonly ask: ((interview: Interview) => Promise<Answers>) | undefined;
}

/**
 * All answers that a new server needs. Given answers take precedence over saved ones, and saved ones over defaults.
 *
 * @throws UsageError that names everything that is missing; CancelledError.
 */
export async function gatherAnswers(
  given: Answers,
  { saved, acceptOffers, ask }: Conversation,
  context: Pick<Context, 'machineNames' | 'surroundings' | 'connectEngine'>,
): Promise<Answers> {
  const domain = domainOf(await context.machineNames(), given);
  const interview = beginInterview(given, await saved.read(), domain, await programInFront(given, context));
  if (!acceptOffers && ask !== undefined) {
    return ask(interview);
  }
  const answered = answeredByOffers(interview);
  refuseMissing(acceptOffers ? answered.missing : openQuestions(interview), interview, acceptOffers);
  refuse(answered.interview.answers);
  return answered.interview.answers;
}

/** The program that has the ports of a public server and could serve the homeserver, too; none for a local server. */
async function programInFront(
  { local }: Answers,
  { surroundings, connectEngine }: Pick<Context, 'surroundings' | 'connectEngine'>,
): Promise<Pick<Interview, 'proxy' | 'traefik'>> {
  if (local) return {};
  const { machine } = await surroundings();
  const proxy = webProxyAmong(await machine.listeners(webPorts));
  if (proxy !== undefined) return { proxy };
  // The checks report a missing engine.
  const found = await connectEngine()
    .then(findTraefik)
    .catch(() => undefined);
  return found === undefined ? {} : { traefik: knownTraefik(found) };
}

function knownTraefik(found: ExistingTraefik): KnownTraefik {
  const { container, networks, resolvers } = found;
  const entryPoints = found.entryPoints.map(({ name }) => name);
  return { container, networks, resolvers, entryPoints, ...existingTraefikDefaults(found) };
}

function refuse(answers: Answers): void {
  const issues = answerIssues(answers);
  if (issues.length > 0) {
    throw new UsageError('invalid answers', {
      code: 'usage.answers',
      details: issues.map(({ path, message }) => `${flagOf(String(path[0]))} ${message}`),
      hint: 'Nothing was changed.',
    });
  }
}

function refuseMissing(missing: readonly Question[], known: Known, acceptOffers: boolean): void {
  if (missing.length > 0) {
    const why = acceptOffers ? 'they have no default' : 'no terminal, cannot prompt';
    throw new UsageError(`missing answers (${why})`, {
      code: 'usage.answers',
      details: missing.flatMap((question) => {
        const { name, label, flag } = question;
        const needed = question.needed?.(known);
        return [
          `${label}: ${flag}, or ${name} in the file of --answers`,
          ...(needed === undefined ? [] : [`  ${needed}`]),
        ];
      }),
      hint: acceptOffers ? undefined : 'With --yes, those that have a default take it.',
    });
  }
}
