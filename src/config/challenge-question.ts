import type { Settings } from '../components/component.ts';
import type { Certificates } from '../components/traefik/certificates.ts';
import type { Answers } from './answers.ts';
import { isLedAway } from './delegation-question.ts';
import type { Known, Question } from './questions.ts';

/** The name of the secret in which `init` stores the key for updates of the zone. */
export const updateSecret = 'dns_update';

/**
 * Whether our own proxy orders the certificates. If another proxy was found, false until the question about that
 * proxy is answered.
 */
export function ordersCertificates({ local, edge }: Answers, { proxy, traefik }: Known): boolean {
  return !local && (edge === 'own' || (edge === undefined && proxy === undefined && traefik === undefined));
}

/** Whether only a DNS record can prove control of the server name. */
function needsRecord(soFar: Answers, known: Known): boolean {
  return soFar.delegation === 'srv' && isLedAway(soFar, known);
}

const isChosen =
  (challenge: Answers['challenge']): NonNullable<Question['applies']> =>
  (soFar, known) =>
    ordersCertificates(soFar, known) && soFar.challenge === challenge;

/** How the CA checks the names: asked for a public server that orders its own certificates. */
export const challengeQuestions: readonly Question[] = [
  {
    name: 'challenge',
    flag: '--challenge <way>',
    label: 'certificates',
    text: () => 'How should the CA check that the domain is yours?',
    help: () =>
      "The CA, Let's Encrypt, issues certificates for free once it has checked that, and checks again at each renewal.",
    choices: (soFar, known) => {
      const closed = needsRecord(soFar, known)
        ? {
            unavailable: `${soFar.server_name} leads to another machine, to which the CA would connect: only a DNS record can show that it is yours.`,
          }
        : {};
      return [
        {
          value: 'tls-alpn',
          name: 'On port 443',
          meaning: 'The CA connects to port 443 of this machine, which must be reachable anyway.',
          ...closed,
        },
        {
          value: 'http',
          name: 'On port 80',
          meaning:
            'The CA connects to port 80. For a machine behind something that terminates TLS, such as a CDN.',
          ...closed,
        },
        {
          value: 'dns-update',
          name: 'By a DNS record, set by an update of the zone',
          meaning:
            'Needs a name server that takes updates (RFC 2136), such as BIND, Knot or PowerDNS, and a key for it. This machine need not be reachable.',
        },
        {
          value: 'dns-program',
          name: 'By a DNS record, set by a program of yours',
          meaning:
            'For every other provider: the program calls the API of the provider. This machine need not be reachable. See docs/certificates.md.',
        },
      ];
    },
    applies: ordersCertificates,
    fallback: (soFar, known) => (needsRecord(soFar, known) ? 'dns-update' : 'tls-alpn'),
    reopens: ['start'],
  },
  {
    name: 'dns_server',
    flag: '--dns-server <name>',
    label: 'name server',
    text: () => 'Which name server takes updates of the zone?',
    help: ({ server_name }) =>
      `The primary one of the zone of ${server_name}, such as ns1.${server_name}, with a port where that is not 53.`,
    applies: isChosen('dns-update'),
    fallback: () => undefined,
    needed: () => 'An update is sent to a name server.',
  },
  {
    name: 'dns_key',
    flag: '--dns-key <name>',
    label: 'key',
    text: () => 'What is the name of the key, as the name server has it?',
    help: () =>
      '`tsig-keygen -a hmac-sha256 NAME` creates one for BIND. docs/certificates.md says what it must allow.',
    applies: isChosen('dns-update'),
    fallback: ({ host, server_name }) => host ?? server_name,
  },
  {
    name: 'dns_secret_file',
    flag: '--dns-secret-file <file>',
    label: 'key file',
    text: () => 'In which file is that key?',
    help: () =>
      'Only its text, in Base64: what `tsig-keygen` prints after `secret`. Only you may be able to read the file. It is copied, and not needed afterwards.',
    applies: isChosen('dns-update'),
    fallback: () => undefined,
    needed: () => 'Without the key, no name server takes an update.',
  },
  {
    name: 'dns_program',
    flag: '--dns-program <name>',
    label: 'program',
    text: () => 'What is the program called?',
    help: () =>
      'A file in traefik/extra, below the deployment directory. If it is not there yet, let init only write matrix.yaml. Then put the program there, name its variables in matrix.yaml, and run `matrix-deploy init` again.',
    applies: isChosen('dns-program'),
    fallback: () => 'set-record',
  },
];

/** The answers that lead to these settings, except the file with the key: the settings do not contain its path. */
export function challengeAnswersBehind({
  challenge,
  dns,
}: Pick<Extract<Certificates, { issuer: 'acme' }>, 'challenge' | 'dns'>): Answers {
  if (challenge !== 'dns') return { challenge };
  if (dns === undefined) return {};
  return dns.by === 'update'
    ? { challenge: 'dns-update', dns_server: dns.server, dns_key: dns.key }
    : { challenge: 'dns-program', dns_program: dns.program };
}

/** The settings for the challenge in a new matrix.yaml; empty for the default challenge. */
export function challengeSettings(answers: Answers): Settings {
  const { challenge = 'tls-alpn', dns_server: server, dns_key: key, dns_program: program } = answers;
  switch (challenge) {
    case 'tls-alpn':
      return {};
    case 'http':
      return { challenge };
    case 'dns-update':
      return {
        challenge: 'dns',
        dns: { by: 'update', server, key, secret: { from_secret: updateSecret } },
      };
    case 'dns-program':
      return { challenge: 'dns', dns: { by: 'program', program } };
  }
}
