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

/** Where a dump's container sees the password of the role, and where it keeps it as libpq reads it. */
const password = '/run/secrets/database_password';

/**
 * A dump by pg_dump, uncompressed, so that what did not change is found again by who stores it; and its judge, which
 * reads all of it.
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
            // A file of which there is nothing would be none: hence a comment, which sha256sum knows.
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

/** libpq ignores a passfile that others may read (PostgreSQL documentation, "The Password File"), so it gets one of its own. */
const signIn = `set -eu
umask 077
printf '*:*:*:*:%s\\n' "$(cat ${password})" >/tmp/pgpass
export PGPASSFILE=/tmp/pgpass
`;

/** Seconds for which each try waits for a table that somebody is changing. */
const patience = [5, 10, 20, 40, 80, 160];

/**
 * Counts in the snapshot that is dumped: one transaction exports it, and stays open as long as pg_dump is at work.
 *
 * Between the list of tables that pg_dump makes and its locks on them, a server that runs can drop one; Synapse does so when a
 * background update ends. And a change of a counted table that waits for this transaction lets pg_dump wait for that change.
 * Both end before the first byte of the dump, which pg_dump writes when it has its locks and has described everything
 * (`_CloseArchive` of its pg_backup_custom.c). Until then nobody has any of it, and it is begun again.
 *
 * Rows are told before that byte. Restic closes the standard error of its program when that has ended, also where it has not
 * read all of it (`wait` of its fs_reader_command.go, and the documentation of `StderrPipe` in Go): last words may be lost.
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

/** As SQL, since that needs all of it; rows are what stands between a COPY and its end. */
const readScript = `{ pg_restore --file=- || touch /tmp/unread; } | awk '
inside && $0 == "\\\\." { inside = 0; print "rows " table " " rows; next }
inside { rows += 1; next }
/^COPY .* FROM stdin;$/ { inside = 1; rows = 0; table = $2; sub(/^public\\./, "", table); gsub(/"/, "", table) }
END { exit inside }' && test ! -e /tmp/unread`;

const compareScript = `grep -v '^#' | sha256sum -c - 2>/dev/null | awk '
/: OK$/ { whole += 1; next }
{ sub(/: [^:]*$/, ""); print }
END { print "whole " whole + 0 }'`;
