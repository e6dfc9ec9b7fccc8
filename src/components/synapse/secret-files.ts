import { databaseServer } from '../postgres/postgres.ts';
import type { SecretSpec } from '../secret.ts';
import { homeserver } from './listener.ts';
import { signingKeyIdentity } from './signing-key.ts';

/** Names of secrets: the password of Synapse's database role, and the file with which libpq connects. */
export const databasePassword = 'synapse_database_password';
export const connectionSecret = 'synapse_pg_service.conf';

/** Secrets that Synapse reads by path, by the option that names the path. */
export const secretOptions = {
  registration_shared_secret_path: homeserver.registrationSecret,
  macaroon_secret_key_path: 'macaroon_secret_key',
  form_secret_path: 'form_secret',
  signing_key_path: 'signing.key',
} as const;

/** Name of the secret with the key that Synapse signs with. */
export const signingKey = secretOptions.signing_key_path;

/**
 * The secrets that are generated for Synapse. Source of the effects of a rotation: element-hq/synapse 1.163.2, where
 * `config.key` and `registration` are used.
 */
export const generatedSecrets: readonly SecretSpec[] = [
  {
    name: databasePassword,
    recipe: { kind: 'token', bytes: 32 },
    rotation: {
      effect: 'Postgres is given the new password, and the homeserver restarts with it. Sessions go on.',
    },
  },
  { name: connectionSecret, recipe: { kind: 'derived', from: [databasePassword], text: connectionText } },
  {
    name: homeserver.registrationSecret,
    recipe: { kind: 'token', bytes: 32 },
    rotation: {
      effect:
        'The homeserver restarts. Sessions go on. Other programs that create users with this secret must be told the new one.',
    },
  },
  {
    name: secretOptions.macaroon_secret_key_path,
    recipe: { kind: 'token', bytes: 32 },
    rotation: {
      effect:
        'The homeserver restarts. Sessions go on, except those of guests. A login by single sign-on in progress must start again, and unsubscribe links in earlier mails no longer work.',
    },
  },
  {
    name: secretOptions.form_secret_path,
    recipe: { kind: 'token', bytes: 32 },
    rotation: {
      effect:
        'The homeserver restarts. Sessions go on. Links to the consent form that were sent before no longer work.',
    },
  },
  {
    name: signingKey,
    recipe: { kind: 'signing-key' },
    identity: signingKeyIdentity,
    rotation: {
      effect:
        'The homeserver restarts. Sessions go on. Other homeservers fetch the new key by themselves; the one before is published as an old key, so that what it has signed stays valid.',
      keepsPredecessor: true,
    },
  },
];

/** Where Synapse's container sees a secret. */
export function mountedSecret(name: string): string {
  return `/run/secrets/${name}`;
}

/** Names of the bundles that Synapse gets from the operator: files of secrets, and the files of synapse/extra. */
export const secretsBundle = 'synapse_secrets';
export const extraBundle = 'synapse_extra';

/**
 * Name of the second configuration file in the bundle of secrets. No secret can have this name, since it has a dot.
 */
export const secretConfiguration = 'homeserver.yaml';

/**
 * Name of the secret that is a third configuration file: with the options in which the text of a generated secret must
 * stand.
 */
export const generatedConfiguration = 'synapse_settings.json';

/** Path of `secretsBundle` in Synapse's container. */
export const givenSecrets = '/run/secrets/given';

/** Where Synapse's container sees a secret that the operator has set. */
export function givenSecret(name: string): string {
  return `${givenSecrets}/${name}`;
}

/** The directory of the operator's own files: below the deployment directory, and in Synapse's container. */
export const extraDirectory = 'synapse/extra';
export const extraTarget = '/conf/extra';

/**
 * A libpq service file (PostgreSQL documentation, "The Connection Service File"). Unlike a passfile, it may be
 * readable by others.
 */
function connectionText(password: string): string {
  return `[synapse]
host=${databaseServer.service}
port=${databaseServer.port}
dbname=synapse
user=synapse
password=${password}
`;
}
