/** What a release knows of a database, as its own image tells it. */
export interface ReleaseFacts {
  readonly version: string;
  readonly schema: number;
  /** What a release must know at least to use the database once this one has. */
  readonly compat: number;
  /** By name, `94/07_name.sql`: the changes of the schema that it can make. */
  readonly changes: readonly string[];
  /** Works in the background that it could not go on with. */
  readonly unknown: readonly string[];
}

/** How far a database is. */
export interface DatabaseFacts {
  readonly schema: number;
  readonly compat: number;
  readonly done: ReadonlySet<string>;
  /** Works that go on in the background. */
  readonly works: readonly string[];
}

/** Reads what `Migrations.template` has written; `undefined` where that is not all of it. */
export function parseRelease(lines: readonly string[]): ReleaseFacts | undefined {
  const of = valuesIn(lines);
  const [version] = of('version');
  const [schema, compat] = [Number(of('schema')[0]), Number(of('compat')[0])];
  return version === undefined || !(schema > 0) || !(compat > 0)
    ? undefined
    : { version, schema, compat, changes: of('change'), unknown: of('unknown') };
}

/** Reads what `Migrations.state` has told; `undefined` where that is not all of it. */
export function parseDatabase(lines: readonly string[]): DatabaseFacts | undefined {
  const of = valuesIn(lines);
  const [schema, compat] = [Number(of('schema')[0]), Number(of('compat')[0])];
  return schema > 0 ? { schema, compat, done: new Set(of('done')), works: of('work') } : undefined;
}

function valuesIn(lines: readonly string[]): (word: string) => string[] {
  return (word) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
}

/** The changes of the schema that a release will make: a database has none of before its own number left to do. */
export function changesToCome(
  { changes }: Pick<ReleaseFacts, 'changes'>,
  { schema, done }: Pick<DatabaseFacts, 'schema' | 'done'>,
): string[] {
  return changes.filter((name) => Number.parseInt(name, 10) >= schema && !done.has(name));
}

/** Can the release that runs use the database once the other one has? It starts where it knows what the database asks for. */
export function canGoBackByImage(
  before: Pick<ReleaseFacts, 'schema'>,
  after: Pick<ReleaseFacts, 'compat'>,
): boolean {
  return after.compat <= before.schema;
}

interface DescribedMigration {
  readonly dump: { readonly database: string; readonly migrations: { readonly service: string } };
  readonly changes: readonly string[];
  /** Is the database still of use to the release of before, and will not be once it has been changed? */
  readonly needsCopy: boolean;
}

/**
 * What a release does with a database, as sentences.
 *
 * @param transferred databases that get into new files by the same upgrade: what the way back loses is told of those
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
