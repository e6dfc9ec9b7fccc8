import { describeHosts, describeRegistrations, registry } from '../components/components.ts';
import { isFitting, isOneName } from '../components/delegation.ts';
import { registrationClashes } from '../components/registration.ts';
import { isOtherCa } from '../components/traefik/certificates.ts';
import { isPublicName, isReachableName } from '../identifiers/dns-name.ts';
import { isOfTheDeployment } from './backup-targets.ts';
import type { ConfigIssue } from './issue.ts';
import type { Config } from './schema.ts';

/** What no single setting can say of itself. Every rule runs, so that all issues are seen at once. */
export const rules: readonly ((config: Config) => ConfigIssue[])[] = [
  backupsAreBesideComponents,
  caIssuesForTheName,
  delegationFitsTheNames,
  hostsAreDistinct,
  mailIsSetOnce,
  portIsOurs,
  registrationsAreDistinct,
];

/** A component's folder has its rendered files, and the operator's own beside them. */
function backupsAreBesideComponents(config: Config): ConfigIssue[] {
  const folders = Object.keys(config[registry]);
  return Object.entries(config.backup.targets)
    .filter(([, target]) => target.kind === 'local' && folders.includes(target.path.split('/')[0] ?? ''))
    .map(([name]) => ({ path: ['backup', 'targets', name, 'path'], message: isOfTheDeployment }));
}

/** Synapse merges no deeper than by option: one of the two would silently count for nothing. */
function mailIsSetOnce({ mail, synapse }: Config): ConfigIssue[] {
  return mail.host === null || synapse.overrides.email === undefined
    ? []
    : [
        {
          path: ['synapse', 'overrides', 'email'],
          message: 'is set, and so is mail.host: both say how mail is sent',
          hint: 'keep the section mail, and take email out of synapse.overrides; or keep synapse.overrides.email, and remove the section mail',
        },
      ];
}

function delegationFitsTheNames(config: Config): ConfigIssue[] {
  const { delegation } = config;
  if (delegation === undefined || isFitting(delegation, config)) {
    return [];
  }
  const hasOneName = isOneName(config);
  return [
    {
      path: ['delegation'],
      message: `is ${delegation}, but ${hasOneName ? 'host is the server name' : 'host is not the server name'}`,
      hint: `set it to ${hasOneName ? 'none or port-8448' : 'well-known, elsewhere, srv or port-8448'}, or change host`,
    },
  ];
}

/** On a name that another program answers for too, files of the one could act as the other in a browser. */
function hostsAreDistinct(config: Config): ConfigIssue[] {
  const hosts = describeHosts(config);
  return hosts.flatMap(({ path, name }, index) =>
    [...homeserverNames(config), ...hosts.slice(0, index)]
      .filter((other) => other.name === name)
      .map((other) => ({
        path: [...path],
        message: `is ${name}, which is ${other.path.join('.')} too`,
        hint: 'choose a hostname that nothing else has, such as chat.example.org',
      })),
  );
}

/** The homeserver takes each ID once, and lets nobody but one application service have the names that are its alone. */
function registrationsAreDistinct(config: Config): ConfigIssue[] {
  return registrationClashes(describeRegistrations(config)).map(({ one, other, what }) => ({
    path: [other.component],
    message: `does not go with ${one.component}: both would have ${what}`,
    hint: 'remove one of the two sections',
  }));
}

/** The names of the homeserver, and where matrix.yaml says them. */
function homeserverNames({ server_name, host }: Config) {
  return [
    { path: ['server_name'], name: server_name },
    { path: ['host'], name: host },
  ];
}

/** The port of other homeservers has no route by name and path in the settings of another proxy. */
function portIsOurs({ delegation, traefik }: Config): ConfigIssue[] {
  return delegation !== 'port-8448' || traefik.edge.kind === 'own'
    ? []
    : [
        {
          path: ['delegation'],
          message: `is port-8448, which does not go with traefik.edge.kind ${traefik.edge.kind}: nobody leads that port here`,
          hint: 'set delegation to well-known, or traefik.edge.kind to own',
        },
      ];
}

function caIssuesForTheName(config: Config): ConfigIssue[] {
  const { edge, certificates } = config.traefik;
  if (certificates.issuer !== 'acme') {
    return [];
  }
  const isPrivate = edge.kind === 'own' ? isOtherCa(certificates) : edge.roots !== undefined;
  // A private CA may issue certificates for private names.
  const isKnown = isPrivate ? isReachableName : isPublicName;
  return [...homeserverNames(config), ...describeHosts(config)]
    .filter(({ name }) => !isKnown(name))
    .map(({ path, name }) => ({
      path: [...path],
      message: `is ${name}, which no CA issues certificates for`,
      hint: 'use a name of your domain, or set traefik.certificates.issuer to local',
    }));
}
