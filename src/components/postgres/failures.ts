import type { FailureKnowledge, Symptom } from '../failure.ts';

const symptoms: readonly Symptom[] = [
  {
    // The image's entry point, where it cannot read PG_VERSION (docker-library/postgres, docker-entrypoint.sh).
    says: /database is uninitialized/i,
    means: () => ({
      cause: 'it finds no database in data/postgres: its files are gone, or belong to another user',
      remedy:
        'Mount their disk, or put them back from a backup, with their owner (`chown -R 999:999 data/postgres`). Nothing was written over them.',
    }),
  },
  {
    says: /data directory "[^"]*" has wrong ownership/,
    means: () => ({
      cause: 'data/postgres belongs to another user',
      remedy: 'Give it back, in the deployment directory: `chown -R 999:999 data/postgres`.',
    }),
  },
  {
    says: /data directory "[^"]*" has invalid permissions/,
    means: () => ({
      cause: 'the mode of data/postgres gives other users access',
      remedy: 'Give it the mode that it had, in the deployment directory: `chmod 700 data/postgres`.',
    }),
  },
  {
    says: /initialized by PostgreSQL version (\S+?),? which is not compatible with this version (\S+)/,
    means: ([, data, server]) => ({
      cause: `data/postgres was written by Postgres ${data}, which Postgres ${server} cannot read`,
      remedy: `Set \`postgres.image\` in matrix.yaml back to version ${data}. To a newer one, \`matrix-deploy upgrade --postgres\` takes the data.`,
    }),
  },
  {
    says: /database files are incompatible with server/,
    means: () => ({
      cause: 'data/postgres was written by another version of Postgres',
      remedy: 'Set `postgres.image` in matrix.yaml back to the version that wrote it.',
    }),
  },
  {
    says: /terminated by signal 9/,
    means: () => ({
      cause: 'one of its processes was killed, as happens when memory runs out',
      remedy: 'Set a higher `postgres.memory` in matrix.yaml, or give the host more memory.',
    }),
  },
  {
    says: /(?:lock file "[^"]*" already exists|pre-existing shared memory block)/,
    means: () => ({
      cause: 'another Postgres uses data/postgres',
      remedy: 'Find it (`docker ps`, `ps aux`) and stop it: two servers destroy the data of one another.',
    }),
  },
  {
    says: /invalid page in block|page verification failed|incorrect checksum in control file|could not (?:locate|find) a valid checkpoint record|invalid (?:primary )?checkpoint (?:record|link)|could not access status of transaction|^.*PANIC: .*$/m,
    means: ([line]) => ({
      cause: `its files are damaged (${line.trim()})`,
      remedy:
        'First keep a copy of data/postgres as it is; then restore a backup. Look at `dmesg` too: the disk may be failing.',
    }),
  },
  {
    says: /too many clients already|remaining connection slots are reserved/,
    means: () => ({
      cause: 'all its connections are in use',
      remedy:
        'See who has them: `docker compose exec postgres psql -U postgres -c "select usename, client_addr, state from pg_stat_activity"`.',
    }),
  },
];

/** The messages of Postgres when it does not start (PostgreSQL's source, and the official image's entry point). */
export const failures: FailureKnowledge = {
  symptoms,
  // The last fatal line says more than a hint that may follow it.
  quote: (log) => log.findLast((line) => /\b(?:FATAL|PANIC):/.test(line))?.trim(),
  // The image gives this advice: with it, everybody could connect.
  badAdvice: /POSTGRES_(?:PASSWORD|HOST_AUTH_METHOD)|\btrust\b/i,
};
