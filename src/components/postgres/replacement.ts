import type { DatabaseSpec } from '../component.ts';
import type { DatabaseSaving, Replacement } from '../saving.ts';
import { createDatabase, identifier, literal, provisionName, psql, psqlOptions } from './databases.ts';

/** SQL for the identity of a database: the number of its cluster, and its own number in the cluster. */
const identity = `(SELECT system_identifier FROM pg_control_system()) || '/' || oid`;

/** @param signIn lines of a shell script that let the dump's container connect as the role */
export function replacementOf(
  { name, role, saving }: DatabaseSpec,
  { service, signIn }: { service: string; signIn: string },
): Replacement {
  return {
    service,
    provision: provisionName(name),
    list: { command: psql, input: `SELECT datname || E'\\t' || ${identity} FROM pg_database;\n` },
    count: {
      command: [...psql, `--dbname=${name}`],
      input: `SET statement_timeout = '30s';\n${countRowsOf(saving.counted)}\n`,
    },
    create: (beside) => ({
      command: psql,
      input: `${dropDatabase(beside)}\n${createDatabase(beside, role)};\n`,
    }),
    copy: (beside) => ({ command: psql, input: copyScript(name, beside, role) }),
    fill: (beside) => ['sh', '-c', `${signIn}${fillScript(saving)}`, beside],
    ...(saving.schema === undefined ? {} : { schema: saving.schema }),
    rename: (names) => ({ command: psql, input: renameScript(names) }),
    remove: (names) => ({ command: psql, input: `${names.map(dropDatabase).join('\n')}\n` }),
  };
}

/**
 * Queries for the numbers of rows of tables, as lines `rows <table> <number>`.
 *
 * @param of text before the name of the table
 */
export function countRowsOf(tables: readonly string[], of = ''): string {
  return tables
    .map((table) => `SELECT ${literal(`rows ${of}${table} `)} || count(*) FROM ${identifier(table)};`)
    .join('\n');
}

/** The statements to run in a restored database before anything uses it. */
export function settleRestored({ afterRestore }: Pick<DatabaseSaving, 'afterRestore'>): string {
  return [...afterRestore, 'ANALYZE'].map((statement) => `${statement};`).join('\n');
}

/** A shell script that gets the name of the database as `$0`. */
function fillScript(saving: DatabaseSaving): string {
  const { counted, problems, schema } = saving;
  const questions = [
    ...problems.map((query) => `SELECT 'problem ' || found FROM (${query}) AS problem (found);`),
    ...(schema === undefined ? [] : [`SELECT 'schema ' || (${schema.needed});`]),
  ];
  return `export PGDATABASE="$0"
pg_restore --dbname="$PGDATABASE" --no-password --no-owner --no-privileges --exit-on-error
psql ${psqlOptions} <<'SQL'
${countRowsOf(counted)}
SQL
psql ${psqlOptions} <<'SQL' >/dev/null
${settleRestored(saving)}
SQL
psql ${psqlOptions} <<'SQL'
${questions.join('\n')}
SQL`;
}

function dropDatabase(name: string): string {
  return `DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE);`;
}

/** PostgreSQL copies a database only while it has no sessions. */
function copyScript(name: string, copy: string, role: string): string {
  return `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = ${literal(name)} AND pid <> pg_backend_pid() \\g /dev/null
${dropDatabase(copy)}
CREATE DATABASE ${identifier(copy)} OWNER ${identifier(role)} TEMPLATE ${identifier(name)};
`;
}

/**
 * PostgreSQL renames a database only while it has no sessions. psql runs the statements that a query returns, in the
 * order of its rows.
 */
function renameScript(names: readonly (readonly [identity: string, name: string])[]): string {
  const rows = names.map(([id, name], place) => `(${place}, ${literal(id)}, ${literal(name)})`).join(', ');
  const wanted = `(VALUES ${rows}) AS wanted (place, id, name) JOIN pg_database ON id = ${identity}`;
  return `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datid IN (SELECT oid FROM ${wanted} WHERE datname <> name) AND pid <> pg_backend_pid() \\g /dev/null
BEGIN;
SELECT format('ALTER DATABASE %I RENAME TO %I', datname, name) FROM ${wanted} WHERE datname <> name ORDER BY place \\gexec
COMMIT;
`;
}
