import { describe, expect, test } from 'vitest';
import { failures } from '../../../src/components/postgres/failures.ts';
import { linesToShow } from '../../../src/stack/diagnose.ts';
import { diagnosedFrom } from '../../fakes/diagnosed.ts';

/** What the entry point of the official image says where it cannot read the data (docker-library/postgres). */
const uninitialised = `Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".

       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all
       connections without a password. This is *not* recommended.

       See PostgreSQL documentation about "trust":
       https://www.postgresql.org/docs/current/auth-trust.html
`;

describe('why Postgres does not work', () => {
  test.each<[string, string, RegExp, RegExp]>([
    ['data that it cannot read', uninitialised, /no database in data\/postgres/, /999:999/],
    [
      'data that belongs to another user',
      'FATAL:  data directory "/var/lib/postgresql/data" has wrong ownership\nHINT:  The server must be started by the user that owns the data directory.',
      /another user/,
      /chown -R 999:999/,
    ],
    [
      'data that others may read',
      'FATAL:  data directory "/var/lib/postgresql/data" has invalid permissions\nDETAIL:  Permissions should be u=rwx (0700) or u=rwx,g=rx (0750).',
      /mode/,
      /chmod 700/,
    ],
    [
      'a file that belongs to another user',
      'FATAL:  could not open file "/etc/matrix-deploy/pg_hba.conf": Permission denied',
      /postgres\/pg_hba\.conf/,
      /owner/,
    ],
    [
      'data of another major version',
      'FATAL:  database files are incompatible with server\nDETAIL:  The data directory was initialized by PostgreSQL version 16, which is not compatible with this version 17.6 (Debian 17.6-1).',
      /Postgres 16/,
      /postgres\.image/,
    ],
    [
      'a full disk, and not the panic that follows',
      'PANIC:  could not write to file "pg_wal/xlogtemp.27": No space left on device',
      /disk is full/,
      /df -h/,
    ],
    [
      'a read-only disk',
      'FATAL:  could not create lock file "postmaster.pid": Read-only file system',
      /read-only/,
      /dmesg/,
    ],
    [
      'damaged files',
      'LOG:  invalid checkpoint record\nPANIC:  could not locate a valid checkpoint record at 0/1500028',
      /damaged/,
      /copy/,
    ],
    [
      'damaged pages',
      'WARNING:  page verification failed, calculated checksum 1 but expected 2',
      /damaged/,
      /backup/,
    ],
    [
      'another server on the same data',
      'FATAL:  lock file "postmaster.pid" already exists\nHINT:  Is another postmaster (PID 1) running in data directory "/var/lib/postgresql/data"?',
      /another Postgres/,
      /stop it/,
    ],
    [
      'memory that ran out',
      'LOG:  server process (PID 71) was terminated by signal 9: Killed',
      /memory/,
      /postgres\.memory/,
    ],
    [
      'connections that ran out',
      'FATAL:  sorry, too many clients already',
      /connections/,
      /pg_stat_activity/,
    ],
  ])('must be %s, with what to do', (_title, output, cause, remedy) => {
    expect(diagnosedFrom('postgres', output)).toMatchObject({
      cause: expect.stringMatching(cause),
      remedy: expect.stringMatching(remedy),
      known: true,
    });
  });

  test('must never come with advice to let everybody in', () => {
    const log = uninitialised.split('\n');
    expect(
      JSON.stringify([diagnosedFrom('postgres', uninitialised), linesToShow(failures, log)]),
    ).not.toMatch(/trust|POSTGRES_PASSWORD/i);
  });

  test('must be its last fatal line where nothing is known, and not the hint behind it', () => {
    expect(diagnosedFrom('postgres', 'FATAL:  no\nHINT:  Do something rash.')?.cause).toBe(
      'its last line: FATAL:  no',
    );
  });
});
