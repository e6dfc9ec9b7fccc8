import type { DatabaseSpec } from '../component.ts';
import type { Dump } from '../saving.ts';
import type { Owner } from '../service.ts';
import { askSizes, identifier, psql, psqlOptions } from './databases.ts';
import { countRowsOf, replacementOf } from './replacement.ts';

interface DumpSource {
  readonly service: string;
  readonly port: number;
  readonly image: string;
  readonly user: Owner;
}

/** Path of the password of the role in the container of a dump. */
const password = '/run/secrets/database_password';

/**
 * A dump by pg_dump, uncompressed, so that a repository of backups finds unchanged parts again. A dump is verified by
 * reading all of it.
 */
export function dumpOf(spec: DatabaseSpec, { service, port, image, user }: DumpSource): Dump {
  const { name, role, saving } = spec;
  return {
    database: name,
    skip: saving.skip,
    counted: saving.counted,
    size: { service, ask: askSizes(name, { [name]: 'pg_database_size(current_database())' }) },
    job: {
      image,
      user,
      environment: { PGHOST: service, PGPORT: String(port), PGUSER: role, PGDATABASE: name, LC_ALL: 'C' },
      mounts: [{ source: `secrets/${spec.password}`, target: password }],
      tmpfs: [{ target: '/tmp', sizeMegabytes: 64, mode: 0o1777 }],
      networks: ['data'],
    },
    write: shell(dumpScript(spec)),
    read: shell(readScript),
    replacement: replacementOf(spec, { service, signIn }),
    ...(saving.migrations === undefined
      ? {}
      : {
          migrations: {
            ...saving.migrations,
            state: {
              command: [...psql, `--dbname=${name}`],
              input: `SET statement_timeout = '60s';\n${saving.migrations.state.map((query) => `${query};\n`).join('')}`,
            },
          },
        }),
    ...(saving.files === undefined
      ? {}
      : {
          files: {
            data: saving.files.data,
            // The comment keeps the file from being empty, which would count as no file; sha256sum accepts it.
            write: shell(`${signIn}echo '# sha256sum --check'
exec psql ${psqlOptions} --command='COPY (${saving.files.digests}) TO STDOUT'`),
            compare: shell(compareScript),
          },
        }),
  };
}

function shell(script: string): string[] {
  return ['sh', '-c', script];
}

/**
 * libpq ignores a passfile that others may read (PostgreSQL documentation, "The Password File"): the container writes
 * one of its own.
 */
const signIn = `set -eu
umask 077
printf '*:*:*:*:%s\\n' "$(cat ${password})" >/tmp/pgpass
export PGPASSFILE=/tmp/pgpass
`;

/** How long each attempt waits for a table that is being changed, in seconds. */
const patience = [5, 10, 20, 40, 80, 160];

/**
 * Counts rows in the snapshot that is dumped: one transaction exports the snapshot, and stays open while pg_dump
 * runs.
 *
 * Two things can go wrong with a server that is in use. Another session can drop a table after pg_dump has listed the
 * tables and before it has locked them; Synapse does so when a background update ends. And if another session waits
 * for this transaction before it changes a counted table, pg_dump waits for that session. Either makes pg_dump fail
 * before it writes the first byte of the dump: it writes that byte when it has its locks and has described everything
 * (`_CloseArchive` in its pg_backup_custom.c). No part of the dump was passed on by then, and the dump is started
 * again.
 *
 * The numbers of rows are written before that byte. Restic closes the standard error of its program as soon as the
 * program has ended, even if it has not read all of it (`wait` in its fs_reader_command.go, and the documentation of
 * `StderrPipe` in Go): the last lines may be lost.
 */
function dumpScript({ saving: { skip, counted } }: Pick<DatabaseSpec, 'saving'>): string {
  const left = skip.map(({ name }) => `--exclude-table-data='${identifier(name)}'`);
  return `${signIn}attempt() {
rm -f /tmp/dumped /tmp/passed
: >/tmp/first
psql ${psqlOptions} <<'SQL' 3>&2 2>/tmp/said
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot() AS snapshot \\gset
\\setenv SNAPSHOT :snapshot
\\o /tmp/rows
${countRowsOf(counted)}
\\o
\\! { pg_dump --format=custom --compress=0 --no-password --snapshot="$SNAPSHOT" --lock-wait-timeout="\${SECONDS_TO_WAIT}s" ${left.join(' ')} </dev/null && touch /tmp/dumped; } | { dd of=/tmp/first bs=1 count=1 2>/dev/null; test ! -s /tmp/first || cat /tmp/rows >&3; cat /tmp/first -; } && touch /tmp/passed
COMMIT;
SQL
test -e /tmp/dumped && test -e /tmp/passed
}
for SECONDS_TO_WAIT in ${patience.join(' ')}; do
export SECONDS_TO_WAIT
test ! -e /tmp/said || echo "again $(grep -m 1 error /tmp/said)" >&2
if attempt; then exit 0; fi
test ! -s /tmp/first || break
done
grep -v 'Query was: LOCK TABLE' /tmp/said >&2
exit 1`;
}

/** Converts the dump to SQL, which takes all of it. Rows are the lines between a COPY and its end. */
const readScript = `{ pg_restore --file=- || touch /tmp/unread; } | awk '
inside && $0 == "\\\\." { inside = 0; print "rows " table " " rows; next }
inside { rows += 1; next }
/^COPY .* FROM stdin;$/ { inside = 1; rows = 0; table = $2; sub(/^public\\./, "", table); gsub(/"/, "", table) }
END { exit inside }' && test ! -e /tmp/unread`;

const compareScript = `grep -v '^#' | sha256sum -c - 2>/dev/null | awk '
/: OK$/ { whole += 1; next }
{ sub(/: [^:]*$/, ""); print }
END { print "whole " whole + 0 }'`;
