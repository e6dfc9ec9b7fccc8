import { registrationClashes } from '../components/application-service.ts';
import type { Settings } from '../components/component.ts';
import {
  describeHosts,
  describeOwnSettings,
  describeRegistrations,
  registry,
} from '../components/components.ts';
import { isFitting, isOneName } from '../components/delegation.ts';
import {
  areLists,
  joinSettings,
  type OwnSettings,
  settingsClashes,
  withLists,
} from '../components/homeserver-settings.ts';
import { generatedUses } from '../components/secret-reference.ts';
import { ownedOptions } from '../components/synapse/owned-options.ts';
import { placeSecrets } from '../components/synapse/place-secrets.ts';
import { isOtherCa } from '../components/traefik/certificates.ts';
import { isPublicName, isReachableName } from '../identifiers/dns-name.ts';
import { isOfTheDeployment } from './backup-targets.ts';
import type { ConfigIssue } from './issue.ts';
import type { Config } from './schema.ts';

/** Checks that involve several settings. Every rule runs, so that all issues are seen at once. */
export const rules: readonly ((config: Config) => ConfigIssue[])[] = [
  backupsAreBesideComponents,
  caIssuesForTheName,
  delegationFitsTheNames,
  homeserverOptionsAreSetOnce,
  hostsAreDistinct,
  portIsOurs,
  registrationsAreDistinct,
];

/** Refuses backups in a component's folder, which contains its rendered files and files of the operator. */
function backupsAreBesideComponents(config: Config): ConfigIssue[] {
  const folders = Object.keys(config[registry]);
  return Object.entries(config.backup.targets)
    .filter(([, target]) => target.kind === 'local' && folders.includes(target.path.split('/')[0] ?? ''))
    .map(([name]) => ({ path: ['backup', 'targets', name, 'path'], message: isOfTheDeployment }));
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

/**
 * Refuses an option of homeserver.yaml at two places, such as the sections of two components: Synapse merges whole
 * options only, so that one place would silently be ignored. Lists are joined.
 */
function homeserverOptionsAreSetOnce(config: Config): ConfigIssue[] {
  const { overrides } = config.synapse;
  const all = describeOwnSettings(config);
  const twice = settingsClashes(all).map(({ key, one, other }) => ({
    path: [other],
    message: `does not go with ${one}: both set ${key} in homeserver.yaml`,
    hint: 'remove one of the two sections',
  }));
  const owned = all.flatMap(({ component, settings }) =>
    Object.keys(settings)
      .filter((key) => ownedOptions.has(key))
      .map((key) => ({
        path: [component],
        message: `does not go with synapse: both set ${key} in homeserver.yaml`,
        hint: `remove the section ${component}`,
      })),
  );
  const overridden = all.flatMap(({ component, settings }) =>
    Object.keys(settings)
      .filter((key) => overrides[key] !== undefined && !areLists(overrides[key], settings[key]))
      .map((key) => ({
        path: ['synapse', 'overrides', key],
        message: `is set by the section ${component} too`,
        hint: `keep the section ${component}, and take ${key} out of synapse.overrides; or keep synapse.overrides.${key}, and remove the section ${component}`,
      })),
  );
  const issues = [...twice, ...owned, ...overridden];
  return issues.length > 0 ? issues : mixedSecrets(config, all);
}

/** Refuses an option in which secrets of the operator and generated ones stand: they are in two files. */
function mixedSecrets({ synapse }: Config, all: readonly OwnSettings[]): ConfigIssue[] {
  const overrides = synapse.overrides as Settings;
  const { secret, generated } = placeSecrets(withLists(overrides, joinSettings(all)));
  return Object.keys(secret)
    .filter((key) => Object.hasOwn(generated, key))
    .flatMap((key) =>
      all
        .filter(({ settings }) => generatedUses(settings[key]).length > 0)
        .map(({ component }) => ({
          path: [component],
          message: `sets ${key} in homeserver.yaml with a generated secret, and ${key} has a secret of yours too: they cannot stand in one option`,
          hint: `remove the section ${component}, or what names your secret`,
        })),
    );
}

/** Refuses a hostname that two programs share: in a browser, files of one program could act as the other. */
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

/**
 * Refuses application services that clash: the homeserver accepts each ID only once, and names that are exclusive to
 * one application service cannot belong to another.
 */
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

/** Refuses port 8448 with another proxy in front: the settings for that proxy have no route for this port. */
function portIsOurs({ delegation, traefik }: Config): ConfigIssue[] {
  return delegation !== 'port-8448' || traefik.edge.kind === 'own'
    ? []
    : [
        {
          path: ['delegation'],
          message: `is port-8448, which does not go with traefik.edge.kind ${traefik.edge.kind}: nothing passes that port on`,
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
