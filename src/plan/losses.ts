/** Numbers of rows, by database and table. */
export type Rows = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** By table, how many more rows there are now than then. Going back to the earlier state loses at least as many. */
export function rowsSince(
  then: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(now)
      .map(([table, rows]) => [table, rows - (then[table] ?? 0)] as const)
      .filter(([, rows]) => rows > 0),
  );
}

/** What going back to copies of databases would lose. */
export interface Loss {
  /** By database and table, how many rows more there are than in the copy. */
  readonly lost: Rows;
  /** The databases whose loss is not known: their rows were not counted, or some were deleted since. */
  readonly unknown: readonly string[];
}

/**
 * Compares databases with their copies.
 *
 * @param databases those that would be replaced by a copy
 * @param then their rows when they were copied
 */
export function lossOf(databases: readonly string[], then: Rows, now: Rows): Loss {
  const rowsOf = (rows: Rows, database: string) => rows[database] ?? {};
  const isUnknown = (database: string) => {
    const [before, after] = [rowsOf(then, database), rowsOf(now, database)];
    const tables = Object.entries(before);
    return tables.length === 0 || tables.some(([table, rows]) => (after[table] ?? -1) < rows);
  };
  return {
    lost: Object.fromEntries(
      databases.map((database) => [database, rowsSince(rowsOf(then, database), rowsOf(now, database))]),
    ),
    unknown: databases.filter(isUnknown),
  };
}

/** Whether nothing would be lost: the rows of all databases were counted, and no table has more than in the copy. */
export function isNothing({ lost, unknown }: Loss): boolean {
  return unknown.length === 0 && Object.values(lost).every((rows) => Object.keys(rows).length === 0);
}

/** `3 events, 1 room memberships`; empty where nothing is lost that is counted. */
export function describeLost(lost: Rows): string {
  return Object.values(lost)
    .flatMap((rows) => Object.entries(rows).map(([table, count]) => `${count} ${table.replaceAll('_', ' ')}`))
    .join(', ');
}
