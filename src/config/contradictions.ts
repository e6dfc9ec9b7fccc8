import { chosenDelegation } from '../components/delegation.ts';
import { ownCertificates } from '../components/traefik/options.ts';
import { UsageError } from '../errors.ts';
import { type Answers, type AnswerValue, flagOf, noneAnswer } from './answers.ts';
import { challengeAnswersBehind } from './challenge-question.ts';
import { mailAnswersBehind } from './mail-answers.ts';
import type { Config } from './schema.ts';

/**
 * Compares the given answers with an existing matrix.yaml, which takes precedence.
 *
 * @returns a sentence for each given answer that has no effect
 * @throws UsageError when the answers name another server
 */
export function compareWithConfig(given: Answers, config: Config): string[] {
  const { server_name } = config;
  if (given.server_name !== undefined && given.server_name !== server_name) {
    throw new UsageError(`--server-name says ${given.server_name}, but the server here is ${server_name}`, {
      code: 'usage.server-name',
      hint: 'A server name is permanent. Choose another directory with --dir for another server.',
    });
  }
  const inVain = (['mail_password_file', 'dns_secret_file'] as const)
    .filter((name) => given[name] !== undefined)
    .map((name) => `${flagOf(name)} is for a new server: change it with \`matrix-deploy secrets set\``);
  const contradicted = Object.entries(answersBehind(config))
    .filter(([name, value]) => ![undefined, value].includes(given[name as keyof Answers] as AnswerValue))
    .map(
      ([name, value]) =>
        `${flagOf(name)} ${given[name as keyof Answers]} is not what matrix.yaml says (${value}), which counts: edit it, then \`matrix-deploy apply\``,
    );
  return [...contradicted, ...inVain];
}

/** The answers that lead to this configuration. */
function answersBehind(config: Config): Answers {
  const certificates = ownCertificates(config.traefik);
  const ofPublicServer =
    certificates?.issuer === 'acme'
      ? {
          email: certificates.email ?? noneAnswer,
          acme_directory: certificates.directory,
          ...challengeAnswersBehind(certificates),
        }
      : {};
  return {
    server_name: config.server_name,
    host: config.host,
    delegation: chosenDelegation(config),
    local: certificates?.issuer === 'local',
    edge: config.traefik.edge.kind,
    ...answersBehindEdge(config.traefik.edge),
    ...mailAnswersBehind(config.mail),
    ...ofPublicServer,
  };
}

function answersBehindEdge(edge: Config['traefik']['edge']): Answers {
  return edge.kind === 'traefik'
    ? {
        traefik_network: edge.network,
        traefik_entry_point: edge.entry_point,
        traefik_resolver: edge.certificate_resolver ?? noneAnswer,
        traefik_middlewares: edge.middlewares.length === 0 ? noneAnswer : edge.middlewares.join(','),
      }
    : {};
}
