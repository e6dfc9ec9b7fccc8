import { secretOptions } from './secret-files.ts';

const registrationAdvice = 'set synapse.registration to token, and invite people with `matrix-deploy tokens`';

/** What we own of homeserver.yaml, by option: why it may not be overridden, or what to use for it. */
export const ownedOptions: ReadonlyMap<string, string> = new Map([
  ['server_name', 'set server_name at the top of matrix.yaml'],
  ['public_baseurl', 'set host at the top of matrix.yaml'],
  ['max_upload_size', 'set synapse.max_upload_size'],
  ['presence', 'set synapse.presence'],
  ['log_config', 'set synapse.log_level'],
  ['database', 'the database is the one of this deployment'],
  ['listeners', 'the proxy and the health checks rely on them'],
  ['serve_server_wellknown', 'it follows from server_name and host'],
  ['media_store_path', 'it is where the data directory is mounted'],
  ['enable_registration', registrationAdvice],
  ['registration_requires_token', registrationAdvice],
  ['enable_registration_without_verification', `whoever asks would get an account; ${registrationAdvice}`],
  ['allow_guest_access', `whoever asks would get an account; ${registrationAdvice}`],
  ['pid_file', 'it is where the data directory is mounted'],
  ...Object.keys(secretOptions).map((option): [string, string] => [option, 'the file in secrets/ is used']),
]);
