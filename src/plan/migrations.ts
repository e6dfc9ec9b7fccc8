/** What a release knows about a database, as the program in its image reports it. */
export interface ReleaseFacts {
  readonly version: string;
  readonly schema: number;
  /** The lowest schema version that a release must know to use the database after this one has used it. */
  readonly compat: number;
  /** Names of the schema changes that it can make, such as `94/07_name.sql`. */
  readonly changes: readonly string[];
  /** Background updates that it could not continue. */
  readonly unknown: readonly string[];
}

/** How far the schema of a database has been changed. */
export interface DatabaseFacts {
  readonly schema: number;
  readonly compat: number;
  readonly done: ReadonlySet<string>;
  /** Background updates that are not finished. */
  readonly works: readonly string[];
}

/** Parses the output of `Migrations.template`; `undefined` when it is not complete. */
export function parseRelease(lines: readonly string[]): ReleaseFacts | undefined {
  const of = valuesIn(lines);
  const [version] = of('version');
  const [schema, compat] = [Number(of('schema')[0]), Number(of('compat')[0])];
  return version === undefined || !(schema > 0) || !(compat > 0)
    ? undefined
    : { version, schema, compat, changes: of('change'), unknown: of('unknown') };
}

/** Parses the output of `Migrations.state`; `undefined` when it is not complete. */
export function parseDatabase(lines: readonly string[]): DatabaseFacts | undefined {
  const of = valuesIn(lines);
  const [schema, compat] = [Number(of('schema')[0]), Number(of('compat')[0])];
  return schema > 0 ? { schema, compat, done: new Set(of('done')), works: of('work') } : undefined;
}

function valuesIn(lines: readonly string[]): (word: string) => string[] {
  return (word) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
}

/** The schema changes that a release will make. All changes below the database's own schema version are done. */
export function changesToCome(
  { changes }: Pick<ReleaseFacts, 'changes'>,
  { schema, done }: Pick<DatabaseFacts, 'schema' | 'done'>,
): string[] {
  return changes.filter((name) => Number.parseInt(name, 10) >= schema && !done.has(name));
}

/**
 * Whether the old release can use the database after the new one has: it starts if it knows the schema version that
 * the database then requires.
 */
export function canGoBackByImage(
  before: Pick<ReleaseFacts, 'schema'>,
  after: Pick<ReleaseFacts, 'compat'>,
): boolean {
  return after.compat <= before.schema;
}

interface DescribedMigration {
  readonly dump: { readonly database: string; readonly migrations: { readonly service: string } };
  readonly changes: readonly string[];
  /** Whether the previous release can use the database now, but not after the changes. */
  readonly needsCopy: boolean;
}

/**
 * Describes what a release does with a database, a sentence each.
 *
 * @param transferred databases that the same upgrade moves into new files: the sentences do not say what their
 *   rollback loses
 */
export function describeMigration(
  { dump: { database, migrations }, changes, needsCopy }: DescribedMigration,
  transferred: readonly string[],
): string[] {
  const { service } = migrations;
  return [
    changes.length === 0
      ? `${service} changes nothing in the database ${database}`
      : `${service} changes the database ${database}: ${changes.join(', ')}`,
    ...(transferred.includes(database)
      ? []
      : [
          needsCopy
            ? `the version before cannot use the database ${database} then: a copy of it is kept for the way back`
            : `the version before can use the database ${database} then: the way back loses nothing`,
        ]),
  ];
}
