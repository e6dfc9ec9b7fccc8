import { secretOptions } from './secret-files.ts';

const registrationAdvice = 'set synapse.registration to token, and invite people with `matrix-deploy tokens`';

/**
 * The options of homeserver.yaml that matrix-deploy sets, each with what to do instead of overriding it, or why it
 * must not be overridden.
 */
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
  ['enable_registration_without_verification', `anybody could register an account; ${registrationAdvice}`],
  ['allow_guest_access', 'set synapse.guest_access'],
  ['allow_public_rooms_over_federation', 'set synapse.public_rooms.over_federation'],
  ['room_list_publication_rules', 'set synapse.public_rooms.publishers'],
  ['encryption_enabled_by_default_for_room_type', 'set synapse.encrypt_new_rooms'],
  ['url_preview_enabled', 'set synapse.url_previews.enabled'],
  ['url_preview_ip_range_blacklist', 'set synapse.url_previews.never_fetch'],
  ['retention', 'set synapse.retention.messages'],
  ['media_retention', 'set synapse.retention.local_media and synapse.retention.remote_media'],
  ['federation_domain_whitelist', 'set synapse.federation.allow'],
  ['pid_file', 'it is where the data directory is mounted'],
  ...Object.keys(secretOptions).map((option): [string, string] => [option, 'the file in secrets/ is used']),
]);
