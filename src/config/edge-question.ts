import { noneAnswer } from './answers.ts';
import type { Known, Question } from './questions.ts';

/** A Traefik that already runs: its networks, entry points and resolvers, and the default choice among each. */
export interface KnownTraefik {
  readonly container: string;
  readonly networks: readonly string[];
  readonly entryPoints: readonly string[];
  readonly resolvers: readonly string[];
  readonly network: string | undefined;
  readonly entryPoint: string | undefined;
  readonly resolver: string | undefined;
}

/** Whether another program that uses port 80 or 443 stays in front of the homeserver: asked when there is one. */
export const edgeQuestion: Question = {
  name: 'edge',
  flag: '--edge <kind>',
  label: 'proxy',
  text: (_, known) =>
    known.traefik === undefined
      ? `Should ${known.proxy} pass requests on to the homeserver?`
      : `Should ${inFront(known)} serve the homeserver?`,
  help: (_, known) =>
    known.traefik === undefined
      ? `${known.proxy} has port 80 or 443 of this machine, which the homeserver needs unless ${known.proxy} passes requests on. It keeps its sites and certificates, and needs the settings that \`matrix-deploy edge snippet\` prints.`
      : `It has port 443 of this machine, can find the homeserver by labels, on its own Docker network, and get its certificates. No second Traefik is started then.`,
  choices: (_, known) => [
    known.traefik === undefined
      ? {
          value: 'host-proxy',
          name: `Yes, ${known.proxy} stays in front`,
          meaning: 'The homeserver listens on this machine only, and orders no certificates.',
        }
      : {
          value: 'traefik',
          name: `Yes, ${inFront(known)} serves it too`,
          meaning: 'The homeserver joins its network, and no port of this machine is taken.',
        },
    {
      value: 'own',
      name: `No, ${inFront(known)} will be stopped`,
      meaning: '',
      unavailable: `Stop ${inFront(known)} first, so that ports 80 and 443 are free. Then begin again.`,
    },
  ],
  applies: ({ local }, { proxy, traefik }) => !local && (proxy !== undefined || traefik !== undefined),
  fallback: (_, { traefik }) => (traefik === undefined ? 'host-proxy' : 'traefik'),
  problem: (value, { delegation }) =>
    value !== 'own' && delegation === 'port-8448'
      ? 'does not lead port 8448 here, which is the delegation'
      : undefined,
  reopens: [
    'challenge',
    'email',
    'traefik_network',
    'traefik_entry_point',
    'traefik_resolver',
    'traefik_middlewares',
  ],
};

/** Describes the program that uses port 80 or 443 of this machine; `undefined` when there is none. */
export function inFront({ proxy, traefik }: Known): string | undefined {
  return traefik === undefined ? proxy : `the Traefik in ${traefik.container}`;
}

function needsNetwork(traefik: KnownTraefik | undefined): string {
  if (traefik === undefined || traefik.network !== undefined) {
    return 'Traefik reaches the homeserver only on a network that both are on.';
  }
  const { container, networks } = traefik;
  return [
    `The Traefik in ${container} has port 443, and is on no network on which it finds other containers by name (it is on: ${networks.join(', ')}).`,
    `Make one for both: \`docker network create proxy\`, then \`docker network connect proxy ${container}\`. Then answer proxy.`,
    'If Compose starts that Traefik, add the network to its file, too.',
  ].join(' ');
}

const isJoined: NonNullable<Question['applies']> = ({ local, edge }) => !local && edge === 'traefik';

/** Questions about a Traefik that already runs. Their defaults are what was found of it. */
export const traefikQuestions: readonly Question[] = [
  {
    name: 'traefik_network',
    flag: '--traefik-network <name>',
    label: 'network',
    text: () => 'On which Docker network should that Traefik find the homeserver?',
    help: (_, { traefik }) =>
      `Every container on that network reaches the homeserver without Traefik, and could pretend to have the address of another client.${traefik === undefined ? '' : ` It is on: ${traefik.networks.join(', ')}.`}`,
    applies: isJoined,
    fallback: (_, { traefik }) => traefik?.network,
    needed: ({ traefik }) => needsNetwork(traefik),
  },
  {
    name: 'traefik_entry_point',
    flag: '--traefik-entry-point <name>',
    label: 'entry point',
    text: () => 'What is the name of its entry point for port 443?',
    help: (_, { traefik }) =>
      traefik === undefined || traefik.entryPoints.length === 0
        ? 'It is in its configuration, below entryPoints.'
        : `It has: ${traefik.entryPoints.join(', ')}.`,
    applies: isJoined,
    fallback: (_, { traefik }) => traefik?.entryPoint ?? 'websecure',
  },
  {
    name: 'traefik_resolver',
    flag: '--traefik-resolver <name>',
    label: 'resolver',
    text: () => 'Which of its certificate resolvers should get the certificates?',
    help: (_, { traefik }) =>
      `${noneAnswer} if its entry point names one, or the certificates are in files.${traefik === undefined || traefik.resolvers.length === 0 ? '' : ` It has: ${traefik.resolvers.join(', ')}.`}`,
    applies: isJoined,
    fallback: (_, { traefik }) => traefik?.resolver ?? noneAnswer,
  },
  {
    name: 'traefik_middlewares',
    flag: '--traefik-middlewares <list>',
    label: 'middlewares',
    text: () => 'Which of its middlewares should requests pass through?',
    help: () =>
      `Their names, separated by commas, such as limits@file; ${noneAnswer} for none. They must not change paths, ask for a password or buffer whole bodies.`,
    applies: isJoined,
    fallback: () => noneAnswer,
  },
];
