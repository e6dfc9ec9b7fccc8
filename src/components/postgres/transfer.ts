import { quotedWord } from '../../shell-word.ts';
import type { DatabaseSpec } from '../component.ts';
import type { Transfer } from '../saving.ts';
import { literal, psql, psqlOptions } from './databases.ts';
import { type Cluster, createAll, newCluster, socket } from './refill.ts';

interface OldServer extends Cluster {
  /** Where the old server listens, on the network of the databases. */
  readonly port: number;
}

/** Directory of the secrets in the container. */
const secrets = '/run/secrets';

/**
 * A new cluster with the content of the databases of an older server, copied by the programs of the new release:
 * pg_dump reads older servers, and refuses newer ones (PostgreSQL's documentation, "Upgrading a PostgreSQL Cluster").
 */
export function transferOf(
  databases: readonly DatabaseSpec[],
  { service, port, image, user, dataPath, dataTarget, initialise }: OldServer,
): Transfer {
  const names = databases.map(({ name }) => name);
  const copies = databases.map((spec) => copyScript(spec, { service, port }));
  return {
    ...{ data: dataPath, service, databases: names },
    secrets: databases.map(({ password }) => password),
    input: createAll(databases, { service, dataPath }),
    strangers: {
      command: psql,
      input: `SELECT datname FROM pg_database
WHERE NOT datistemplate AND datname <> 'postgres' AND datname <> ALL (ARRAY[${names.map(literal).join(',')}]::text[]);
`,
    },
    job: {
      image,
      user,
      entrypoint: ['sh', '-c', newCluster(initialise, copies)],
      environment: { PGDATA: dataTarget, PGHOST: socket, LC_ALL: 'C' },
      mounts: [
        { source: dataPath, target: dataTarget, writable: true },
        ...databases.map(({ password }) => ({
          source: `secrets/${password}`,
          target: `${secrets}/${password}`,
        })),
      ],
      tmpfs: [{ target: '/tmp', sizeMegabytes: 64, mode: 0o1777 }],
      networks: ['data'],
    },
  };
}

/**
 * Copies a database: its tables as SQL, then their rows and indexes through a pipe. A shell reports only how the last
 * program of a pipe ended, hence the file `undumped`. Rows are counted last, so that the numbers differ if something
 * was written to the old server meanwhile.
 */
function copyScript(
  { name, role, password }: DatabaseSpec,
  { service, port }: Pick<OldServer, 'service' | 'port'>,
): string {
  const database = quotedWord(name);
  const older = `--host=${service} --port=${port} --username=${quotedWord(role)} --no-password --dbname=${database}`;
  const newer = `--username=postgres --dbname=${database}`;
  return `printf 'note\\tcopy the database %s\\n' ${database}
(umask 077; printf '*:*:*:*:%s\\n' "$(cat ${quotedWord(`${secrets}/${password}`)})" >/tmp/pgpass)
export PGPASSFILE=/tmp/pgpass
pg_dump ${older} --section=pre-data --no-owner --no-privileges >/tmp/tables.sql
sed ${quotedWord(withoutCounters)} /tmp/tables.sql |
  PGOPTIONS=${quotedWord(`-c role=${role}`)} psql ${newer} ${psqlOptions} --single-transaction >/dev/null
{ pg_dump ${older} --section=data --section=post-data --format=custom --compress=0 || touch /tmp/undumped; } |
  pg_restore ${newer} --no-owner --no-privileges --role=${quotedWord(role)} --exit-on-error
test ! -e /tmp/undumped
psql ${newer} ${psqlOptions} --command=ANALYZE >/dev/null
printf 'note\\tcount what is in %s, there and here\\n' ${database}
cat >/tmp/count.sql <<'SQL'
${countAll}
SQL
psql ${older} ${psqlOptions} --set=side=before --file=/tmp/count.sql
psql ${newer} ${psqlOptions} --set=side=after --file=/tmp/count.sql
psql ${newer} ${psqlOptions} <<'SQL'
SELECT E'identity\\t' || datname || E'\\t' || system_identifier || '/' || oid
FROM pg_database, pg_control_system() WHERE datname = current_database();
SQL`;
}

/**
 * Removes `pg_attver`, a number that Debian's Postgres 17.12 keeps among the options of columns. Its own pg_dump
 * leaves the number out. The pg_dump of 18.6 does not know it and copies it, and the server of 18.6 would refuse it.
 */
const withoutCounters =
  '/^ALTER TABLE ONLY .* ALTER COLUMN .* SET (.*pg_attver=/{s/, pg_attver=[0-9]*//;s/pg_attver=[0-9]*, //;/SET (pg_attver=[0-9]*);$/d}';

/**
 * Counts the rows of every table, and asks for the last value of every sequence. psql runs the statements that a
 * query returns.
 */
const countAll = `SELECT format('SELECT %L || count(*) FROM %I.%I',
  :'side' || E'\\t' || current_database() || E'\\ttable ' || nspname || '.' || relname || E'\\t', nspname, relname)
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind IN ('r', 'm') AND relpersistence <> 't' AND nspname !~ '^pg_' AND nspname <> 'information_schema' \\gexec
SELECT :'side' || E'\\t' || current_database() || E'\\tsequence ' || schemaname || '.' || sequencename || E'\\t'
  || coalesce(last_value::text, 'unused') FROM pg_sequences;`;
