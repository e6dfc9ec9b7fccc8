import { chosenDelegation, type DelegationKind, isFitting } from '../components/delegation.ts';
import { describeSight, type NameSight, proposedDelegation } from './name-sight.ts';
import type { Question } from './questions.ts';

const isOf = (sight: NameSight | undefined, serverName: string | undefined): sight is NameSight =>
  sight !== undefined && sight.name === serverName;

/** Asked of a public server: what leads from the server name to the homeserver. */
export const delegationQuestion: Question = {
  name: 'delegation',
  flag: '--delegation <way>',
  label: 'delegation',
  text: ({ server_name }) => `What answers on https://${server_name} today?`,
  help: ({ server_name }, { sight }) =>
    [
      `Other servers look there to find the homeserver of ${server_name}: something on that name must lead them to it.`,
      ...(isOf(sight, server_name) ? [describeSight(sight)] : []),
    ].join(' '),
  choices: ({ server_name }, { sight }) => [
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
      name: 'This machine, and SRV records lead other servers',
      meaning: `The records lead to the homeserver, which gets a certificate for ${server_name}. Apps still need a small document there, which we serve.`,
      ...(isOf(sight, server_name) && sight.addresses.length > 0 && !sight.leadsHere
        ? {
            unavailable: `The certificate is issued where ${server_name} leads to this machine, or by a record in the DNS: see docs/certificates.md, then write matrix.yaml by hand.`,
          }
        : {}),
    },
  ],
  applies: ({ local }) => !local,
  fallback: ({ server_name = '', host = '' }, { sight }) =>
    isOf(sight, server_name) && host !== server_name
      ? proposedDelegation(sight)
      : chosenDelegation({ server_name, host }),
  problem: (value, { server_name = '', host }) =>
    host !== undefined && !isFitting(value as DelegationKind, { server_name, host })
      ? `does not go with the host ${host}`
      : undefined,
  unsettles: ['host'],
};
