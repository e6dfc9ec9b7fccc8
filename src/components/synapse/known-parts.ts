import type { ValueType } from './known-options.ts';

/**
 * The parts that Synapse 1.163.2 reads in the maps and lists of homeserver.yaml, by option. Sources: synapse/config,
 * and Synapse's configuration manual for values that synapse/config only passes on.
 */

const texts: ValueType = ['string'];
const enabled = { enabled: 'boolean' } as const;
/** The configuration of third-party Python code. */
const module = { module: 'string', config: 'anything' } as const;
const rule: ValueType = { user_id: 'string', room_id: 'string', alias: 'string', action: 'string' };
const attributeRequirements: ValueType = [{ attribute: 'string', value: 'string', one_of: texts }];

const emailParts: ValueType = {
  ...named(
    'string',
    'smtp_host smtp_user smtp_pass tlsname app_name notif_from client_base_url invite_client_location',
  ),
  ...named('boolean', 'force_tls require_transport_security enable_tls enable_notifs notif_for_new_users'),
  ...named('duration', 'validation_token_lifetime notif_delay_before_mail'),
  ...named(
    'string',
    `add_threepid_template_failure_html add_threepid_template_html add_threepid_template_success_html
    add_threepid_template_text already_in_use_template_html already_in_use_template_text expiry_template_html
    expiry_template_text notif_template_html notif_template_text password_reset_template_failure_html
    password_reset_template_html password_reset_template_success_html password_reset_template_text
    registration_template_failure_html registration_template_html registration_template_success_html
    registration_template_text`,
  ),
  smtp_port: 'integer',
  subjects: named(
    'string',
    `message_from_person_in_room message_from_person messages_from_person messages_in_room
    messages_in_room_and_others messages_from_person_and_others invite_from_person invite_from_person_to_room
    invite_from_person_to_space password_reset email_validation email_already_in_use`,
  ),
};

const oidcProvider: ValueType = {
  ...named(
    'string',
    `idp_id idp_name idp_icon idp_brand issuer client_id client_secret client_secret_path client_auth_method
    pkce_method authorization_endpoint token_endpoint userinfo_endpoint jwks_uri user_profile_method redirect_uri`,
  ),
  ...named(
    'boolean',
    `discover skip_verification backchannel_logout_enabled backchannel_logout_ignore_sub allow_existing_users
    enable_registration`,
  ),
  id_token_signing_alg_values_supported: texts,
  scopes: texts,
  passthrough_authorization_parameters: texts,
  additional_authorization_parameters: { '*': 'string' },
  client_secret_jwt_key: {
    key: 'string',
    key_file: 'string',
    jwt_header: { '*': 'string' },
    jwt_payload: { '*': 'string' },
  },
  user_mapping_provider: module,
  attribute_requirements: attributeRequirements,
};

export const knownParts: Readonly<Record<string, ValueType>> = {
  account_threepid_delegates: { msisdn: 'string' },
  account_validity: {
    ...enabled,
    ...named('duration', 'period renew_at'),
    ...named('string', 'renew_email_subject account_renewed_html_path invalid_token_html_path'),
  },
  auto_accept_invites: {
    ...enabled,
    ...named('boolean', 'only_for_direct_messages only_from_local_users'),
    worker_to_run_on: 'string',
  },
  background_updates: {
    sleep_enabled: 'boolean',
    ...named('integer', 'background_update_duration_ms sleep_duration_ms min_batch_size default_batch_size'),
  },
  caches: {
    global_factor: 'number from zero',
    per_cache_factors: { '*': 'number from zero' },
    ...named('boolean', 'track_memory_usage expire_caches'),
    ...named('duration', 'cache_entry_ttl sync_response_cache_duration'),
    cache_autotuning: {
      ...named('size', 'max_cache_memory_usage target_cache_memory_usage'),
      min_cache_ttl: 'duration',
    },
  },
  cas_config: {
    ...enabled,
    ...named('boolean', 'enable_registration allow_numeric_ids'),
    ...named('string', 'server_url displayname_attribute numeric_ids_prefix idp_name idp_icon idp_brand'),
    protocol_version: 'integer',
    required_attributes: { '*': 'string' },
  },
  default_power_level_content_override: { '*': 'anything' },
  email: emailParts,
  // Nearly all are booleans, whose names change between releases.
  experimental_features: {
    msc3866: { ...enabled, require_approval_for_new_accounts: 'boolean' },
    msc4108_delegation_endpoint: 'string',
    msc4140_max_delayed_events_per_user: 'integer',
    msc4388_mode: 'string',
    '*': 'boolean',
  },
  federation: {
    ...named(
      'duration',
      `client_timeout max_long_retry_delay max_short_retry_delay destination_min_retry_interval
      destination_max_retry_interval`,
    ),
    ...named('integer', 'max_long_retries max_short_retries'),
    destination_retry_multiplier: 'positive number',
  },
  instance_map: { '*': { host: 'string', port: 'integer', tls: 'boolean', path: 'string' } },
  jwt_config: {
    ...enabled,
    ...named('string', 'secret algorithm subject_claim display_name_claim issuer'),
    audiences: texts,
  },
  limit_remote_rooms: {
    ...enabled,
    complexity: 'number from zero',
    complexity_error: 'string',
    admins_can_join: 'boolean',
  },
  login_via_existing_session: { ...enabled, require_ui_auth: 'boolean', token_timeout: 'duration' },
  manhole_settings: named('string', 'username password ssh_priv_key_path ssh_pub_key_path'),
  matrix_authentication_service: {
    ...enabled,
    force_http2: 'boolean',
    ...named('string', 'endpoint secret secret_path'),
  },
  matrix_rtc: { transports: [{ '*': 'anything' }] },
  mau_appservice_trial_days: { '*': 'integer' },
  media_retention: named('duration', 'local_media_lifetime remote_media_lifetime'),
  metrics_flags: { known_servers: 'boolean' },
  oembed: { disable_default_providers: 'boolean', additional_providers: texts },
  old_signing_keys: { '*': { key: 'string', expired_ts: 'integer' } },
  opentracing: {
    ...enabled,
    homeserver_whitelist: texts,
    force_tracing_for_users: texts,
    jaeger_config: { '*': 'anything' },
  },
  password_config: {
    enabled: 'password login',
    localdb_enabled: 'boolean',
    pepper: 'string',
    policy: {
      ...enabled,
      minimum_length: 'integer',
      ...named('boolean', 'require_digit require_symbol require_lowercase require_uppercase'),
    },
  },
  push: {
    ...enabled,
    ...named('boolean', 'include_content group_unread_count_by_room'),
    jitter_delay: 'duration',
  },
  push_rules: { limits: { rule_count: 'integer', rule_id_length: 'integer', rule_size: 'size' } },
  redis: {
    ...enabled,
    use_tls: 'boolean',
    ...named('integer', 'port dbid'),
    ...named(
      'string',
      'host path username password password_path certificate_file private_key_file ca_file ca_path',
    ),
  },
  retention: {
    ...enabled,
    ...named('duration', 'allowed_lifetime_min allowed_lifetime_max'),
    default_policy: named('duration', 'min_lifetime max_lifetime'),
    purge_jobs: [named('duration', 'interval shortest_max_lifetime longest_max_lifetime')],
  },
  room_prejoin_state: { disable_default_event_types: 'boolean', additional_event_types: ['anything'] },
  saml2_config: { ...enabled, saml_session_lifetime: 'duration', '*': 'anything' },
  sentry: named('string', 'dsn environment'),
  server_notices: {
    ...named(
      'string',
      `system_mxid_localpart system_mxid_display_name system_mxid_avatar_url room_name room_avatar_url room_topic`,
    ),
    auto_join: 'boolean',
  },
  sso: { client_whitelist: texts, update_profile_information: 'boolean' },
  stats: enabled,
  stream_writers: { '*': 'anything' },
  task_scheduler: { max_concurrent_tasks: 'integer' },
  templates: { custom_template_directory: 'string' },
  ui_auth: { session_timeout: 'duration' },
  user_consent: {
    version: 'scalar',
    ...named('string', 'template_dir block_events_error policy_name'),
    ...named('boolean', 'send_server_notice_to_guests require_at_registration'),
    server_notice_content: { '*': 'anything' },
  },
  user_directory: {
    ...enabled,
    ...named('boolean', 'search_all_users exclude_remote_users prefer_local_users show_locked_users'),
  },
  user_types: { default_user_type: 'string', extra_user_types: texts },

  alias_creation_rules: [rule],
  room_list_publication_rules: [rule],
  allowed_local_3pids: [named('string', 'medium pattern')],
  gc_thresholds: ['integer'],
  gc_min_interval: ['duration'],
  mau_limit_reserved_threepids: [named('string', 'medium address')],
  media_storage_providers: [{ ...module, ...named('boolean', 'store_local store_remote store_synchronous') }],
  media_upload_limits: [
    { max_size: 'size', time_period: 'duration', info_uri: 'string', can_upgrade: 'boolean' },
  ],
  modules: [module],
  oidc_providers: [oidcProvider],
  thumbnail_sizes: [{ width: 'integer', height: 'integer', method: 'string' }],
  trusted_key_servers: [{ server_name: 'string', verify_keys: { '*': 'string' } }],
  url_preview_url_blacklist: [{ '*': 'scalar' }],
  ...named(
    texts,
    `allowed_avatar_mimetypes app_service_config_files auto_join_rooms dont_notify_new_devices_for
    exclude_rooms_from_presence exclude_rooms_from_sync federation_certificate_verification_whitelist
    federation_custom_ca_list federation_domain_whitelist federation_metrics_domains ip_range_blacklist
    ip_range_whitelist next_link_domain_whitelist no_proxy_hosts prevent_media_downloads_from
    registrations_require_3pid turn_uris url_preview_accept_language url_preview_ip_range_blacklist
    url_preview_ip_range_whitelist`,
  ),
};

/** These names, each with this type. */
function named(type: ValueType, names: string): { readonly [part: string]: ValueType } {
  return Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, type]),
  );
}
