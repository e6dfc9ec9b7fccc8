import type { DatabaseSpec } from '../component.ts';
import { askSizes } from '../postgres/databases.ts';
import { databaseServer } from '../postgres/postgres.ts';
import type { LeftOut, Saved } from '../saving.ts';
import type { Owner } from '../service.ts';
import { homeserver } from './listener.ts';
import { migrationsOf } from './migrations.ts';
import type { SynapseOptions } from './options.ts';
import { restored, schemaVersions } from './restored.ts';
import { databasePassword } from './secret-files.ts';

export const dataPath = 'data/synapse';

/** Where Synapse keeps media below `dataPath` (synapse/media/filepath.py, `MediaFilePaths`). */
const mediaStore = 'media_store';

export const database: DatabaseSpec = {
  name: homeserver.database,
  role: 'synapse',
  password: databasePassword,
  inUse: 'users',
  saving: {
    skip: [
      {
        name: 'e2e_one_time_keys_json',
        reason: 'a one-time key must not be given out twice: clients upload new ones',
      },
    ],
    counted: [
      'users',
      'devices',
      'access_tokens',
      'rooms',
      'events',
      'room_memberships',
      'local_media_repository',
    ],
    ...restored,
    files: {
      data: dataPath,
      // The files of link previews expire, and are not backed up.
      digests: `SELECT sha256 || $$  ${mediaStore}/local_content/$$ || substr(media_id, 1, 2) || $$/$$ || substr(media_id, 3, 2) || $$/$$ || substr(media_id, 5) FROM local_media_repository WHERE sha256 IS NOT NULL AND url_cache IS NULL`,
    },
  },
};

/** The database, with what depends on the release of Synapse. */
export function databaseOf(image: string, user: Owner): DatabaseSpec {
  const { saving } = database;
  return {
    ...database,
    saving: { ...saving, schema: schemaVersions(image, user), migrations: migrationsOf(user) },
  };
}

/** What a backup takes of Synapse's own files. */
export function savedMedia({ backup_remote_media }: Pick<SynapseOptions, 'backup_remote_media'>): Saved {
  return {
    kind: 'copy',
    skip: [
      { name: 'tmp', reason: 'has uploads that have not finished' },
      ...['url_cache', 'url_cache_thumbnails'].map(inStore('previews of links are created again')),
      ...(backup_remote_media
        ? []
        : ['remote_content', 'remote_thumbnail'].map(
            inStore(
              'media of other servers are fetched again when somebody looks at them (synapse.backup_remote_media: true includes them)',
            ),
          )),
    ],
    size: {
      service: databaseServer.service,
      ask: askSizes(homeserver.database, {
        // A quarter is added for thumbnails, whose sizes are in no table by user.
        media: `SELECT coalesce(sum(media_length), 0)::bigint * 5 / 4 FROM local_media_repository`,
        ...(backup_remote_media
          ? {
              'remote media': 'SELECT coalesce(sum(media_length), 0)::bigint * 5 / 4 FROM remote_media_cache',
            }
          : {}),
      }),
    },
  };
}

function inStore(reason: string): (name: string) => LeftOut {
  return (name) => ({ name: `${mediaStore}/${name}`, reason });
}
