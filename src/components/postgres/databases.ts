import type { DatabaseSpec } from '../component.ts';
import type { Probe, Provision } from '../questions.ts';
import type { Exec } from '../service.ts';
import { isVerifiedBy, scramVerifier } from './scram.ts';

// Peer authentication on the socket admits the container's own user as the superuser, who has no password.
export const psql = [
  'psql',
  '--username=postgres',
  '--no-psqlrc',
  '--quiet',
  '--tuples-only',
  '--no-align',
  '--set=ON_ERROR_STOP=1',
];

interface DatabaseServer {
  readonly service: string;
  /** Its data directory, below the deployment directory. */
  readonly dataPath: string;
}

/** The options of `psql` without the user, for a shell. */
export const psqlOptions = psql.slice(2).join(' ');

/**
 * Asks for all databases: each with its identity, which is the number that initdb gave the cluster and the one that
 * the cluster gave the database; then the stored verifier of the password of the role.
 */
function askDatabases(role: string): string {
  const verifier = `coalesce((SELECT rolpassword FROM pg_authid WHERE rolname = ${literal(role)}), '')`;
  return `SELECT 'database ' || datname || E'\\t' || system_identifier || '/' || oid || E'\\t' || ${verifier} FROM pg_database, pg_control_system()`;
}

/** The locale is C because Synapse refuses any other (its docs/postgres.md). */
export function createDatabase(name: string, role: string): string {
  return `CREATE DATABASE ${identifier(name)} OWNER ${identifier(role)} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`;
}

/** Name of the provision of a database. */
export function provisionName(database: string): string {
  return `database ${database}`;
}

/**
 * A database and the role that owns it, created inside the running server. Each of them may exist already: an
 * interrupted run is continued.
 */
export function databaseProvision(
  { name, role, password, inUse }: Omit<DatabaseSpec, 'saving'>,
  { service, dataPath }: DatabaseServer,
): Provision {
  // CREATE DATABASE must not be in a transaction or a DO block: so psql runs the statement that a query returns.
  const creation = createDatabase(name, role);
  return {
    name: provisionName(name),
    service,
    observe: { command: [...psql, `--command=${askDatabases(role)}`] },
    ...unusedDatabase(name, inUse),
    // PostgreSQL's documentation, "Database File Layout".
    place: (identity) => `${dataPath}/base/${identity.split('/')[1]}`,
    secret: password,
    isOpenedBy: isVerifiedBy,
    giveSecret: (secret, random) => ({ command: psql, input: setPassword(role, secret, random) }),
    create: (secret, random) => ({
      command: psql,
      input: `DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(role)}) THEN CREATE ROLE ${identifier(role)}; END IF;
END $$;
${setPassword(role, secret, random)}SELECT ${literal(creation)} WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = ${literal(name)}) \\gexec
`,
    }),
  };
}

function setPassword(role: string, password: string, random: (bytes: number) => Uint8Array): string {
  return `ALTER ROLE ${identifier(role)} LOGIN PASSWORD ${literal(scramVerifier(password, random(16)))};\n`;
}

/**
 * Finds, and removes, a database that has tables, but nothing of value in them. A database whose removal was
 * interrupted counts as unused too: nothing can connect to it, and it can only be dropped (PostgreSQL's
 * documentation, "Destroying a Database"; its connection limit is -2 then, DATCONNLIMIT_INVALID_DB in pg_database.h).
 */
function unusedDatabase(name: string, inUse: string): Pick<Provision, 'observeUnused' | 'removeUnused'> {
  const question = `SELECT datconnlimit = -2 AS unused FROM pg_database WHERE datname = ${literal(name)} \\gset
\\if :unused
\\else
\\connect ${identifier(name)}
SET statement_timeout = '60s';
SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public') AS unused,
  EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tablename = ${literal(inUse)}) AS has_table \\gset
\\if :has_table
SELECT NOT EXISTS (SELECT FROM ${identifier(inUse)}) AS unused \\gset
\\endif
\\connect postgres
\\endif
\\if :unused
`;
  return {
    observeUnused: {
      command: psql,
      input: `${question}SELECT 'database ' || ${literal(name)};\n\\endif\n`,
    },
    removeUnused: {
      command: psql,
      input: `${question}DROP DATABASE ${identifier(name)} WITH (FORCE);\n\\endif\n`,
    },
  };
}

/**
 * Counts the rows of a table by the value of a column, for some values: a line each, the number first. Values without
 * rows are left out.
 */
export function countRows(
  database: string,
  { table, column, values }: { table: string; column: string; values: readonly string[] },
): Exec {
  return {
    command: [...psql, `--dbname=${database}`],
    input: `SET statement_timeout = '60s';
SELECT count(*) || ' ' || ${identifier(column)} FROM ${identifier(table)}
WHERE ${identifier(column)} = ANY (ARRAY[${values.map(literal).join(',')}]::text[]) GROUP BY ${identifier(column)};
`,
  };
}

/** Name of the probe that sends a query to the server, but to none of our databases. */
export const answersQueries = 'answers queries';

/**
 * A probe that writes to a database as its owner, and leaves nothing. It creates a table of a few pages, for which
 * the disk must have space, and rolls back. It then commits a transaction without changes, so that the write-ahead
 * log must reach the disk. A server in recovery and a read-only database refuse both.
 */
export function writesDatabase({ name, role }: Pick<DatabaseSpec, 'name' | 'role'>, service: string): Probe {
  return {
    service,
    name: `can write to the database ${name}`,
    kind: 'exec',
    command: [...psql, `--dbname=${name}`],
    input: `SET statement_timeout = '5s';
SET ROLE ${identifier(role)};
BEGIN;
CREATE TABLE matrix_deploy_write_check AS SELECT generate_series(1, 4000) AS number;
ROLLBACK;
SELECT pg_current_xact_id(), pg_logical_emit_message(true, 'matrix-deploy', '');
`,
    timeoutSeconds: 10,
    writes: true,
    covers: [answersQueries],
  };
}

/**
 * Asks a database for sizes in bytes: SQL expressions, by the name of what they measure. Those that take longer than
 * a second are left out.
 */
export function askSizes(database: string, sizes: Readonly<Record<string, string>>): Exec {
  const lines = Object.entries(sizes).map(
    ([what, expression]) => `SELECT (${expression}) || ' ' || ${literal(what)};\n`,
  );
  return {
    // One that fails must not keep the others from being asked.
    command: [...psql, '--set=ON_ERROR_STOP=0', `--dbname=${database}`],
    input: `SET statement_timeout = '1s';\n${lines.join('')}`,
  };
}

/** A name, quoted for SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text, quoted for SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
