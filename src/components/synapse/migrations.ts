import type { DatabaseSaving } from '../saving.ts';
import type { Owner } from '../service.ts';
import { homeserver } from './listener.ts';

/**
 * How releases of Synapse change its database (synapse/storage/prepare_database.py). A database with the schema
 * version of a release may still lack changes: releases add changes to a version that is already in use.
 */
export function migrationsOf(user: Owner): NonNullable<DatabaseSaving['migrations']> {
  return {
    service: homeserver.service,
    template: 'synapse/release_facts.py',
    job: (image, works) => ({
      image,
      user,
      entrypoint: ['python3', '-', ...works],
      environment: { PYTHONDONTWRITEBYTECODE: '1' },
      mounts: [],
      tmpfs: [{ target: '/tmp', sizeMegabytes: 16, mode: 0o1777 }],
    }),
    state: [
      "SELECT 'schema ' || max(version) FROM schema_version",
      "SELECT 'compat ' || coalesce(max(compat_version), 0) FROM schema_compat_version",
      "SELECT 'done ' || file FROM applied_schema_deltas",
      "SELECT 'work ' || update_name FROM background_updates ORDER BY update_name",
    ],
  };
}
