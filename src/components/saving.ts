import type { SizeQuery } from './questions.ts';
import type { Exec, Job } from './service.ts';

/** How a backup gets what is in a data directory. */
export type Saved =
  | {
      readonly kind: 'copy';
      readonly skip: readonly LeftOut[];
      /** How much there is to copy, about: what it answers is added up. Absent where it is next to nothing. */
      readonly size?: SizeQuery;
    }
  /** By the dumps of the databases in it: its files are of no use while a server writes them. */
  | { readonly kind: 'dump' }
  | { readonly kind: 'skip'; readonly reason: string };

/** What a backup does not have. */
export interface LeftOut {
  /** A path below the data directory, or a table. */
  readonly name: string;
  /** As an operator reads it, such as "is fetched again when somebody looks at it". */
  readonly reason: string;
}

/** What a backup must know of a database beside its name. */
export interface DatabaseSaving {
  /** Tables whose rows are left out: what is in them must not come back. */
  readonly skip: readonly LeftOut[];
  /** Tables by whose numbers of rows a copy is compared with the original. */
  readonly counted: readonly string[];
  /** SQL for a restored database, before anything uses it: statements, each run once. */
  readonly afterRestore: readonly string[];
  /** Queries after that for what would keep its user from starting: a row each, which is a sentence. */
  readonly problems: readonly string[];
  /** Which releases of its user can use it; absent where all can. */
  readonly schema?: SchemaVersions;
  /** How releases of its user change it; absent where none does. */
  readonly migrations?: Omit<Migrations, 'state'> & {
    /** Queries for the lines of `Migrations.state`. */
    readonly state: readonly string[];
  };
  /** The files that its rows name. */
  readonly files?: NamedFiles;
}

/** What another release of a database's user would do with the database: asked of that release's image, and of the database. */
export interface Migrations {
  /** The service that uses the database, by whose image the release is told. */
  readonly service: string;
  /**
   * A program, by its path below templates/, which `job` reads from its standard input in the image of a release. It writes
   * lines: `version <version>`; `schema <number>`, what the release knows; `compat <number>`, what a release must know to use
   * the database once this one has; `change <number>/<name>` for each change of the schema that it can make; `unknown <work>`
   * for each of the named works that it could not go on with.
   */
  readonly template: string;
  job(image: string, works: readonly string[]): Job;
  /**
   * Tells how far the database is, in lines: `schema <number>`; `compat <number>`; `done <number>/<name>` for each change that
   * was made; `work <name>` for each work that goes on in the background since a change.
   */
  readonly state: Exec;
}

interface SchemaVersions {
  /** A query for one number: what a release must know at least to use the database. */
  readonly needed: string;
  /** Writes the number that its release knows, as one line. */
  readonly known: Job;
}

interface NamedFiles {
  /** Path of their data directory. */
  readonly data: string;
  /** A query for lines as `sha256sum --check` reads them: the digest, two spaces, the path below the data directory. */
  readonly digests: string;
}

/**
 * How a database is dumped and how a dump is judged: programs of its own release, each run in a one-off container that
 * reaches the server. Both tell of each counted table, in a line of its own, `rows <table> <number>`.
 */
export interface Dump {
  readonly database: string;
  readonly skip: readonly LeftOut[];
  readonly counted: readonly string[];
  readonly size: SizeQuery;
  readonly job: Omit<Job, 'entrypoint'>;
  /**
   * Writes the dump to its standard output, and to its standard error the lines, counted as the dump has them, and before them
   * `again <reason>` each time that it was begun again.
   */
  readonly write: readonly string[];
  /** Reads a dump from its standard input to its end, and writes the lines of what it has read; fails for one that cannot be restored. */
  readonly read: readonly string[];
  readonly files?: {
    readonly data: string;
    /** Writes the digests of the files that the database names to its standard output. */
    readonly write: readonly string[];
    /** Reads such digests from its standard input, in the data directory: a line for each file that differs, then `whole <number of the others>`. */
    readonly compare: readonly string[];
  };
  readonly replacement: Replacement;
  readonly migrations?: Migrations;
}

/**
 * How a database is restored beside the one that is in use, and how the two change places. What runs, runs in the database
 * server's container; but for `fill`, which runs in the dump's own.
 */
export interface Replacement {
  readonly service: string;
  /** Name of the provision that tells one database from others of its name. */
  readonly provision: string;
  /** Tells which databases there are: a line each of its name, a tab, and what tells it from others. */
  readonly list: Exec;
  /** Tells how many rows the database in use has: lines as a dump's. Fails where that takes long. */
  readonly count: Exec;
  /** Makes an empty database of this name, in place of one that was left there. */
  create(name: string): Exec;
  /** Makes a copy of the database in use, under this name, in place of one that was left there; sessions in both are ended. */
  copy(name: string): Exec;
  /**
   * Fills it with the dump on its standard input, and does what is to be done after a restore. Writes the lines of the counted
   * tables, as they came; `schema <number>` where the database says what a release must know; `problem <sentence>` for
   * what is wrong with it.
   */
  fill(name: string): readonly string[];
  readonly schema?: SchemaVersions;
  /** Gives databases other names, all or none, in this order; sessions in them are ended. By what `list` tells them by. */
  rename(names: readonly (readonly [identity: string, name: string])[]): Exec;
  /** Removes databases; those that are not there are passed over. */
  remove(names: readonly string[]): Exec;
}

/**
 * How the data directory of a database server is made from dumps, for a deployment that has none: in one container, which
 * nothing else uses. It tells of each counted table, in a line of its own, `rows <database> <table> <number>`, as the dump
 * had it.
 */
export interface Refill {
  /** Path below the deployment directory. The job mounts it for writing, empty. */
  readonly data: string;
  /** Where the job expects the dumps, each called `<database>.dump`. */
  readonly dumps: string;
  readonly job: Job;
  /** Names of the secrets that it is made with. */
  readonly secrets: readonly string[];
  /** What the job reads from its standard input. */
  input(secretOf: (name: string) => string, random: (size: number) => Uint8Array): string;
}

/**
 * How the databases of a server get into new files, where another major release of its program cannot use those that are there:
 * in one container of the new release, which reads from the old server while nobody writes to it.
 */
export interface Transfer extends Omit<Refill, 'dumps'> {
  /** The service that runs the server, of the old release and then of the new one. */
  readonly service: string;
  readonly databases: readonly string[];
  /** Names the databases of the server that are none of these, and do not come along: a line each. */
  readonly strangers: Exec;
  /**
   * Writes lines, their words separated by tabs: `note <sentence>` for what it begins; `before` or `after`, a database, what is
   * counted in it, and how much of that there is, in the old server and in the new one; `identity`, a database, and what
   * `Replacement.list` tells it by in the new one.
   */
  readonly job: Job;
}
