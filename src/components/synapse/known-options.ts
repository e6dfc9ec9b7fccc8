import { knownParts } from './known-parts.ts';

/**
 * The options of homeserver.yaml that Synapse 1.163.2 knows, with their types, for checking an operator's overrides.
 * Sources: Synapse's configuration manual (element-hq/synapse, docs/usage/configuration) and synapse/config; where
 * the two differ, synapse/config counts.
 */
export const knownVersion = '1.163.2';

/** Coarse type of a value. A duration or a size is a whole number, or text with a unit; a scalar is text or a number. */
export type ValueKind =
  | 'boolean'
  | 'integer'
  | 'string'
  | 'scalar'
  | 'duration'
  | 'size'
  | 'list'
  | 'map'
  | 'positive number'
  | 'number from zero'
  | 'password login'
  | 'anything';

/**
 * A kind, the types of the parts of a map (`*` for parts of any other name), or the type of the items of a list. The
 * parts of a plain `map` and the items of a plain `list` are not checked.
 */
export type ValueType = ValueKind | readonly [ValueType] | { readonly [part: string]: ValueType };

const namesByKind = {
  boolean: `
    allow_device_name_lookup_over_federation allow_guest_access allow_per_room_profiles
    allow_profile_lookup_over_federation allow_public_rooms_over_federation allow_public_rooms_without_auth
    allow_underscore_prefixed_localpart auto_join_rooms_for_guests autocreate_auto_join_rooms
    autocreate_auto_join_rooms_federated block_non_admin_invites cleanup_extremities_with_dummy_events daemonize
    disable_msisdn_registration dynamic_thumbnails enable_3pid_changes enable_3pid_lookup
    enable_authenticated_media enable_ephemeral_messages enable_local_media_storage enable_media_repo
    enable_metrics enable_registration enable_registration_captcha enable_registration_token_3pid_bypass
    enable_registration_without_verification enable_room_list_search enable_search enable_set_avatar_url
    enable_set_displayname federation_verify_certificates federation_whitelist_endpoint_enabled
    forget_rooms_on_leave hs_disabled include_profile_data_on_invite include_profile_updates_in_sync
    inhibit_user_in_use_error limit_profile_requests_to_users_who_share_rooms limit_usage_by_mau
    mau_limit_alerting mau_stats_only no_redirect_stdio print_pidfile registration_requires_token report_stats
    request_token_inhibit_3pid_errors require_auth_for_profile_requests require_membership_for_aliases
    serve_server_wellknown suppress_key_server_warning track_appservice_user_ips track_puppeted_user_ips
    turn_allow_guests url_preview_enabled use_account_validity_in_account_status
    use_appservice_legacy_authorization use_frozen_dicts use_insecure_ssl_client_just_for_testing_do_not_use
    worker_daemonize`,
  integer: `
    bcrypt_rounds dummy_events_threshold filter_timeline_limit manhole mau_trial_days max_mau_value
    max_pending_media_uploads replication_torture_level soft_file_limit worker_manhole`,
  string: `
    admin_contact auto_join_mxid_localpart autocreate_auto_join_room_preset default_identity_server
    encryption_enabled_by_default_for_room_type form_secret form_secret_path hs_disabled_message http_proxy
    https_proxy key_server_signing_keys_path log_config macaroon_secret_key macaroon_secret_key_path
    media_instance_running_background_jobs media_store_path notify_appservices_from_worker pid_file
    public_baseurl recaptcha_private_key recaptcha_private_key_path recaptcha_public_key
    recaptcha_public_key_path recaptcha_siteverify_api registration_shared_secret
    registration_shared_secret_path report_stats_endpoint run_background_tasks_on server_context server_name
    signing_key signing_key_path tls_certificate_path tls_private_key_path turn_password turn_shared_secret
    turn_shared_secret_path turn_username update_user_directory_from_worker user_agent_suffix
    web_client_location worker_app worker_log_config worker_name worker_pid_file worker_replication_secret
    worker_replication_secret_path`,
  scalar: 'default_room_version federation_client_minimum_tls_version',
  duration: `
    delete_stale_devices_after forgotten_room_retention_period key_refresh_interval max_event_delay_duration
    nonrefreshable_access_token_lifetime redaction_allowed_period redaction_retention_period
    refresh_token_lifetime refreshable_access_token_lifetime session_lifetime turn_user_lifetime
    unused_expiration_time user_ips_max_age`,
  size: `
    event_cache_size max_avatar_size max_image_pixels max_spider_size max_upload_size
    remote_media_download_burst_count remote_media_download_per_second`,
  list: `
    federation_sender_instances listeners outbound_federation_restricted_to pusher_instances
    worker_listeners`,
  // Never null: Synapse 1.157.0 did not start with `experimental_features` empty (its CHANGES.md, 1.157.1).
  map: `
    database databases extra_well_known_client_content presence`,
};

/** A leaky bucket. */
const bucket: ValueType = { per_second: 'positive number', burst_count: 'positive number' };

/** Rate limits. Synapse's parser checks neither their names nor their numbers. */
const rateLimits: Readonly<Record<string, ValueType>> = {
  federation_rr_transactions_per_room_per_second: 'positive number',
  rc_3pid_validation: bucket,
  rc_admin_redaction: bucket,
  rc_delayed_event_mgmt: bucket,
  rc_federation: {
    window_size: 'positive number',
    sleep_limit: 'number from zero',
    sleep_delay: 'number from zero',
    reject_limit: 'number from zero',
    concurrent: 'positive number',
  },
  rc_invites: { per_room: bucket, per_user: bucket, per_issuer: bucket },
  rc_joins: { local: bucket, remote: bucket },
  rc_joins_per_room: bucket,
  rc_key_requests: bucket,
  rc_login: { address: bucket, account: bucket, failed_attempts: bucket },
  rc_media_create: bucket,
  rc_message: bucket,
  rc_presence: { per_user: bucket },
  rc_profile: bucket,
  rc_registration: bucket,
  rc_registration_token_validity: bucket,
  rc_reports: bucket,
  rc_room_creation: bucket,
  rc_third_party_invite: bucket,
  rc_user_directory: bucket,
};

/** Every top-level option, with the type of its value. */
export const knownOptions: ReadonlyMap<string, ValueType> = new Map([
  ...Object.entries(namesByKind).flatMap(([kind, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name): [string, ValueType] => [name, kind as keyof typeof namesByKind]),
  ),
  ...Object.entries(rateLimits),
  ...Object.entries(knownParts),
]);
