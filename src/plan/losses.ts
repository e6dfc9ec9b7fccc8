/** By database and table, how many rows. */
export type Rows = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** By table, how many rows more there are now than then: at least so many are lost with going back to then. */
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
  /** The databases of which nobody can say: they were not counted, or something was deleted. */
  readonly unknown: readonly string[];
}

/**
 * Compares databases with their copies.
 *
 * @param databases those of which a copy would take the place
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

/** Is every row counted, and none more than in the copy? */
export function isNothing({ lost, unknown }: Loss): boolean {
  return unknown.length === 0 && Object.values(lost).every((rows) => Object.keys(rows).length === 0);
}

/** `3 events, 1 room memberships`; empty where nothing is lost that is counted. */
export function describeLost(lost: Rows): string {
  return Object.values(lost)
    .flatMap((rows) => Object.entries(rows).map(([table, count]) => `${count} ${table.replaceAll('_', ' ')}`))
    .join(', ');
}
