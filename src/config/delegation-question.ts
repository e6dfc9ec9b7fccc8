import { chosenDelegation, type DelegationKind, isFitting, isOneName } from '../components/delegation.ts';
import type { Answers } from './answers.ts';
import { inFront } from './edge-question.ts';
import { describeSight, leadsAway, type NameSight, proposedDelegation } from './name-sight.ts';
import type { Known, Question } from './questions.ts';

/** What was found at the answered server name; `undefined` when it has not been looked up. */
export function sightOf({ server_name }: Answers, { sight }: Known): NameSight | undefined {
  return sight?.name === server_name ? sight : undefined;
}

/** Whether the server name leads to another machine; false when it has not been looked up. */
export function isLedAway(soFar: Answers, known: Known): boolean {
  const sight = sightOf(soFar, known);
  return sight !== undefined && leadsAway(sight);
}

/** What leads from the server name to the homeserver: asked for a public server. */
export const delegationQuestion: Question = {
  name: 'delegation',
  flag: '--delegation <way>',
  label: 'delegation',
  text: ({ server_name }) => `What answers on https://${server_name} today?`,
  help: (soFar, known) => {
    const sight = sightOf(soFar, known);
    return [
      `Other servers look there to find the homeserver of ${soFar.server_name}: something on that name must lead them to it.`,
      ...(sight === undefined ? [] : [describeSight(sight)]),
    ].join(' ');
  },
  choices: (soFar, known) => {
    const { server_name } = soFar;
    const closed = closedWays(soFar, known);
    return [
      {
        value: 'well-known',
        name: 'Nothing, or this machine',
        meaning: `The homeserver gets a name of its own, and we answer on ${server_name} too, to say where it is.`,
      },
      {
        value: 'none',
        name: 'Nothing: let it be the homeserver itself',
        meaning: `${server_name} is then the only name: nothing else can be served on it.`,
      },
      {
        value: 'elsewhere',
        name: 'A web site on another machine',
        meaning: `The site stays, and serves two small documents that say where the homeserver is. We show them, and how nginx, Apache, Caddy or Traefik serve them.`,
      },
      {
        value: 'srv',
        name: 'Anything: SRV records lead other servers',
        meaning: isLedAway(soFar, known)
          ? `The records lead to the homeserver, which gets a certificate for ${server_name} by a DNS record. Apps need the address of the homeserver, or a small document on ${server_name}.`
          : `The records lead to the homeserver, which gets a certificate for ${server_name}. Apps still need a small document there, which we serve.`,
        ...closed.srv,
      },
      {
        value: 'port-8448',
        name: 'This machine, and other servers use port 8448',
        meaning: `It needs no document and no SRV record, but an open port 8448. It is for a server that others know by that port.`,
        ...closed['port-8448'],
      },
    ];
  },
  applies: ({ local }) => !local,
  fallback: (soFar, known) => {
    const { server_name = '', host = `matrix.${server_name}` } = soFar;
    const sight = sightOf(soFar, known);
    return sight !== undefined && !isOneName({ server_name, host })
      ? proposedDelegation(sight, Object.keys(closedWays(soFar, known)) as DelegationKind[])
      : chosenDelegation({ server_name, host });
  },
  problem: (value, { server_name = '', host, edge = 'own' }) => {
    if (value === 'port-8448' && edge !== 'own')
      return `does not go with ${edge}: nothing passes that port on`;
    return host !== undefined && !isFitting(value as DelegationKind, { server_name, host })
      ? `does not go with the host ${host}`
      : undefined;
  },
  reopens: ['host', 'challenge'],
};

interface Closed {
  readonly unavailable: string;
}

/** The delegations that are impossible with what was found, and why. */
function closedWays(soFar: Answers, known: Known): { readonly srv?: Closed; readonly 'port-8448'?: Closed } {
  const front = inFront(known);
  if (front === undefined) return {};
  const { server_name } = soFar;
  return {
    'port-8448': {
      unavailable: `Nothing passes port 8448 on to the homeserver where ${front} has the ports of this machine.`,
    },
    ...(isLedAway(soFar, known)
      ? {
          srv: {
            unavailable: `For SRV records, ${front} needs a certificate for ${server_name}: let ${server_name} lead to this machine first.`,
          },
        }
      : {}),
  };
}
