import type { DatabaseSaving } from '../saving.ts';
import type { Owner } from '../service.ts';

/** How far each sequence is advanced: more than can have been written between the dump and the disaster. */
const sequenceGap = 100_000;

/**
 * The sequence of each stream whose positions Synapse stores (1.163.2, where a `MultiWriterIdGenerator` is created).
 */
const sequences: Readonly<Record<string, string>> = {
  account_data: 'account_data_sequence',
  backfill: 'events_backfill_stream_seq',
  caches: 'cache_invalidation_stream_seq',
  device_lists_stream: 'device_lists_sequence',
  e2e_cross_signing_keys: 'e2e_cross_signing_keys_sequence',
  events: 'events_stream_seq',
  presence_stream: 'presence_stream_sequence',
  profile_updates: 'profile_updates_sequence',
  push_rules_stream: 'push_rules_stream_sequence',
  pushers: 'pushers_sequence',
  receipts: 'receipts_sequence',
  sticky_events: 'sticky_events_sequence',
  thread_subscriptions: 'thread_subscriptions_sequence',
  to_device: 'device_inbox_sequence',
  un_partial_stated_event_stream: 'un_partial_stated_event_stream_sequence',
  un_partial_stated_room_stream: 'un_partial_stated_room_stream_sequence',
};

const sequenceRows = Object.entries(sequences)
  .map(([stream, sequence]) => `('${stream}', '${sequence}')`)
  .join(', ');

/** What is changed in Synapse's database after a restore, and which problems are then looked for. */
export const restored: Pick<DatabaseSaving, 'afterRestore' | 'problems'> = {
  afterRestore: [
    // Synapse's documentation, "How to back up a Synapse homeserver".
    'TRUNCATE e2e_one_time_keys_json',
    // Synapse reduces a sync token to the positions of its streams. A client with a token that is ahead of them would
    // get no news until the streams have caught up (synapse/streams/events.py, `bound_future_token`).
    `SELECT setval(format('%I.%I', schemaname, sequencename), coalesce(last_value, 1) + ${sequenceGap}) FROM pg_sequences`,
  ],
  problems: [
    // Synapse does not start with such a stream (synapse/storage/util/sequence.py, `check_consistency`).
    `SELECT 'the stream ' || stream_name || ' is at ' || max(stream_id) || ', ahead of its sequence ' || sequence || ' at ' || last_value
FROM stream_positions JOIN (VALUES ${sequenceRows}) AS known (stream, sequence) ON stream = stream_name
JOIN pg_sequences ON sequencename = sequence
GROUP BY stream_name, sequence, last_value HAVING max(stream_id) > last_value`,
  ],
};

/**
 * Which releases can use the database: Synapse refuses one that needs a newer release
 * (synapse/storage/prepare_database.py, `prepare_database`).
 */
export function schemaVersions(image: string, user: Owner): NonNullable<DatabaseSaving['schema']> {
  const question = 'from synapse.storage.schema import SCHEMA_VERSION; print(SCHEMA_VERSION)';
  return {
    needed: 'SELECT coalesce(max(compat_version), 0) FROM schema_compat_version',
    known: {
      image,
      user,
      entrypoint: ['python3', '-c', question],
      environment: { PYTHONDONTWRITEBYTECODE: '1' },
      mounts: [],
      tmpfs: [{ target: '/tmp', sizeMegabytes: 16, mode: 0o1777 }],
    },
  };
}
