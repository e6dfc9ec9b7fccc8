import { databaseServer } from '../postgres/postgres.ts';
import { homeserver } from './listener.ts';

/** Names of secrets: the password of Synapse's role, and the file by which libpq connects with it. */
export const databasePassword = 'synapse_database_password';
export const connectionSecret = 'synapse_pg_service.conf';

/** Secrets that Synapse reads by path, by the option that names the path. */
export const secretOptions = {
  registration_shared_secret_path: homeserver.registrationSecret,
  macaroon_secret_key_path: 'macaroon_secret_key',
  form_secret_path: 'form_secret',
  signing_key_path: 'signing.key',
} as const;

/** Where Synapse's container sees a secret. */
export function mountedSecret(name: string): string {
  return `/run/secrets/${name}`;
}

/** A libpq service file (PostgreSQL documentation, "The Connection Service File"): unlike a passfile it may be readable by others. */
export function connectionText(password: string): string {
  return `[synapse]
host=${databaseServer.service}
port=${databaseServer.port}
dbname=synapse
user=synapse
password=${password}
`;
}
