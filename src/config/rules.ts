import { isOwnAuthority } from '../components/traefik/certificates.ts';
import { isFitting } from '../stack/delegation.ts';
import type { ConfigIssue } from './issue.ts';
import { isPublicName, isReachableName } from './names.ts';
import type { Config } from './schema.ts';

/** What no single setting can say of itself. Every rule runs, so that all issues are seen at once. */
export const rules: readonly ((config: Config) => ConfigIssue[])[] = [
  authorityKnowsTheName,
  delegationFitsTheNames,
  mailIsSetOnce,
];

/** Synapse merges no deeper than by option: one of the two would silently count for nothing. */
function mailIsSetOnce({ mail, synapse }: Config): ConfigIssue[] {
  return mail.host === null || synapse.overrides.email === undefined
    ? []
    : [
        {
          path: ['synapse', 'overrides', 'email'],
          message: 'is set, and so is mail.host: both say how mail is sent',
          hint: 'keep the section mail, and take email out of synapse.overrides; or the other way round',
        },
      ];
}

function delegationFitsTheNames(config: Config): ConfigIssue[] {
  const { server_name, host, delegation } = config;
  if (delegation === undefined || isFitting(delegation, config)) {
    return [];
  }
  const isOneName = server_name === host;
  return [
    {
      path: ['delegation'],
      message: `is ${delegation}, but ${isOneName ? 'host is the server name' : 'host is not the server name'}`,
      hint: `set it to ${isOneName ? 'none or port-8448' : 'well-known, elsewhere or port-8448'}, or change host`,
    },
  ];
}

function authorityKnowsTheName({ server_name, host, traefik: { certificates } }: Config): ConfigIssue[] {
  if (certificates.issuer !== 'acme') {
    return [];
  }
  // Somebody's own authority knows names of its own.
  const isKnown = isOwnAuthority(certificates) ? isReachableName : isPublicName;
  return Object.entries({ server_name, host })
    .filter(([, name]) => !isKnown(name))
    .map(([key, name]) => ({
      path: [key],
      message: `is ${name}, for which no authority issues a certificate`,
      hint: 'use a name of your domain, or set traefik.certificates.issuer to local',
    }));
}
