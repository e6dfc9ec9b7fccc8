import type { SizeQuery } from './questions.ts';
import type { Exec, Job } from './service.ts';

/** How a backup gets what is in a data directory. */
export type Saved =
  | {
      readonly kind: 'copy';
      readonly skip: readonly LeftOut[];
      /** Asks for the approximate size of what is copied, as the sum of all lines. Absent when that is negligible. */
      readonly size?: SizeQuery;
    }
  /** By dumps of the databases in it: a copy of its files is useless while a server writes to them. */
  | { readonly kind: 'dump' }
  | { readonly kind: 'skip'; readonly reason: string };

/** Something that a backup leaves out. */
export interface LeftOut {
  /** A path below the data directory, or a table. */
  readonly name: string;
  /** Reason for the operator, such as "is fetched again when somebody looks at it". */
  readonly reason: string;
}

/** What a backup must know about a database in addition to its name. */
export interface DatabaseSaving {
  /** Tables whose rows are left out, because they must not be restored. */
  readonly skip: readonly LeftOut[];
  /** Tables whose numbers of rows are compared between a copy and the original. */
  readonly counted: readonly string[];
  /** SQL statements for a restored database, each run once, before anything uses the database. */
  readonly afterRestore: readonly string[];
  /**
   * Queries that run after those statements, for problems that keep the service of the database from starting: a
   * sentence in each row.
   */
  readonly problems: readonly string[];
  /** Which releases of the service can use the database. Absent when all can. */
  readonly schema?: SchemaVersions;
  /** How releases of the service change the database. Absent when none does. */
  readonly migrations?: Omit<Migrations, 'state'> & {
    /** Queries for the lines of `Migrations.state`. */
    readonly state: readonly string[];
  };
  /** The files that its rows name. */
  readonly files?: NamedFiles;
}

/**
 * What another release of a service would do with its database, found out from the image of that release and from the
 * database.
 */
export interface Migrations {
  /** The service that uses the database. Its image determines the release. */
  readonly service: string;
  /**
   * Path below templates/ of a program that `job` reads from standard input in the image of a release. It writes
   * lines: `version <version>`; `schema <number>`, the schema version of the release; `compat <number>`, the schema
   * version that a release must support to use the database after this one; `change <number>/<name>` for each change
   * of the schema that the release can make; `unknown <work>` for each of the named works that it could not continue.
   */
  readonly template: string;
  job(image: string, works: readonly string[]): Job;
  /**
   * Writes the state of the database, in lines: `schema <number>`; `compat <number>`; `done <number>/<name>` for each
   * change that was made; `work <name>` for each work in the background that a change has started and that is not
   * finished.
   */
  readonly state: Exec;
}

interface SchemaVersions {
  /** A query for one number: the schema version that a release must support to use the database. */
  readonly needed: string;
  /** Writes the schema version of its release, as one line. */
  readonly known: Job;
}

interface NamedFiles {
  /** Path of their data directory. */
  readonly data: string;
  /** A query for lines as `sha256sum --check` reads them: the digest, two spaces, the path below the data directory. */
  readonly digests: string;
}

/**
 * How a database is dumped and how a dump is verified: by programs of the release of the server, each in a one-off
 * container that reaches the server. Both write a line `rows <table> <number>` for each counted table.
 */
export interface Dump {
  readonly database: string;
  readonly skip: readonly LeftOut[];
  readonly counted: readonly string[];
  readonly size: SizeQuery;
  readonly job: Omit<Job, 'entrypoint'>;
  /**
   * Writes the dump to its standard output. Writes to its standard error the lines of the counted tables, as the dump
   * has them, and before them a line `again <reason>` for each time that it started again.
   */
  readonly write: readonly string[];
  /**
   * Reads a whole dump from its standard input, and writes the lines of the counted tables in it. Fails for a dump
   * that cannot be restored.
   */
  readonly read: readonly string[];
  readonly files?: {
    readonly data: string;
    /** Writes the digests of the files that the database names to its standard output. */
    readonly write: readonly string[];
    /**
     * Reads such digests from its standard input, in the data directory. Writes a line for each file that differs,
     * then `whole <number of the others>`.
     */
    readonly compare: readonly string[];
  };
  readonly replacement: Replacement;
  readonly migrations?: Migrations;
}

/**
 * How a database is restored next to the one in use, and how the two are exchanged. Everything runs in the container
 * of the database server, except for `fill`, which runs in that of the dump.
 */
export interface Replacement {
  readonly service: string;
  /** Name of the provision that tells the identity of the database. */
  readonly provision: string;
  /** Lists the databases: a line each, with its name, a tab, and its identity. */
  readonly list: Exec;
  /** Counts the rows of the database in use, in lines as for a dump. Fails if that takes long. */
  readonly count: Exec;
  /** Creates an empty database of this name, and replaces one that was left there. */
  create(name: string): Exec;
  /**
   * Creates a copy of the database in use, under this name, and replaces one that was left there. Ends the sessions
   * in both.
   */
  copy(name: string): Exec;
  /**
   * Fills the database with the dump on its standard input, then does what is to be done after a restore. Writes the
   * lines of the counted tables, as the dump had them; `schema <number>` if the database tells which schema version
   * it needs; `problem <sentence>` for each problem of it.
   */
  fill(name: string): readonly string[];
  readonly schema?: SchemaVersions;
  /**
   * Renames the databases with these identities, as in `list`: all or none, in this order. Ends the sessions in them.
   */
  rename(names: readonly (readonly [identity: string, name: string])[]): Exec;
  /** Removes databases; skips those that do not exist. */
  remove(names: readonly string[]): Exec;
}

/**
 * How the data directory of a database server is created from dumps, for a deployment that has none: in one
 * container, which nothing else uses. It writes a line `rows <database> <table> <number>` for each counted table, as
 * the dump had it.
 */
export interface Refill {
  /** Path below the deployment directory. The job mounts it for writing, and needs it empty. */
  readonly data: string;
  /** Path in the container of the job for the dumps, each called `<database>.dump`. */
  readonly dumps: string;
  readonly job: Job;
  /** Names of the secrets that the job uses. */
  readonly secrets: readonly string[];
  /** What the job reads from its standard input. */
  input(secretOf: (name: string) => string, random: (size: number) => Uint8Array): string;
}

/**
 * How the databases of a server are copied into new files, for another major release that cannot use the present
 * files: in one container of the new release, which reads from the old server while nobody writes to it.
 */
export interface Transfer extends Omit<Refill, 'dumps'> {
  /** The service that runs the server, of the old release and then of the new one. */
  readonly service: string;
  readonly databases: readonly string[];
  /** Lists the databases of the server that are not among these, and are not copied: a line each. */
  readonly strangers: Exec;
  /**
   * Writes lines with words separated by tabs: `note <sentence>` for each step that it begins; `before` (in the old
   * server) or `after` (in the new one), a database, what is counted in it, and the number; `identity`, a database,
   * and its identity in the new server, as in `Replacement.list`.
   */
  readonly job: Job;
}
