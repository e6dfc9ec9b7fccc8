import { askSizes, writesDatabase } from '../postgres/databases.ts';
import { databaseServer } from '../postgres/postgres.ts';
import type { Probe, SizeQuery } from '../questions.ts';
import { homeserver } from './listener.ts';
import { database } from './saved.ts';

/**
 * A file in the directory of uploads. Its name is always the same, so that each check removes a file that an
 * interrupted one has left.
 */
const mediaFile = '/data/media_store/.matrix-deploy-write-check';

const writesMedia: Probe = {
  service: homeserver.service,
  name: 'can store media',
  kind: 'exec',
  command: [
    'sh',
    '-c',
    'rm -f "$1"; dd if=/dev/zero of="$1" bs=16k count=4 conv=fsync status=none; wrote=$?; rm -f "$1"; exit "$wrote"',
    'write',
    mediaFile,
  ],
  timeoutSeconds: 10,
  writes: true,
};

/** Health checks that Synapse can store what users send. */
export const storageProbes: readonly Probe[] = [
  writesDatabase(database, databaseServer.service),
  writesMedia,
];

export const sizes: readonly SizeQuery[] = [
  {
    service: databaseServer.service,
    ask: askSizes(database.name, {
      'the database': 'pg_database_size(current_database())',
      // The sizes that Synapse has recorded, without thumbnails: to look at a million files takes minutes.
      'media of our users': 'SELECT coalesce(sum(media_length), 0) FROM local_media_repository',
      'media of other servers': 'SELECT coalesce(sum(media_length), 0) FROM remote_media_cache',
    }),
  },
];
