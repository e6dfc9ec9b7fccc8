import type { Dump, LeftOut } from '../components/saving.ts';
import type { Owner } from '../components/service.ts';
import type { Stack } from '../stack/stack.ts';

/** A part of a set. Databases are saved before the files that their rows refer to, so that no file is missing. */
export type SetPart =
  | { readonly name: string; readonly kind: 'database'; readonly file: string; readonly dump: Dump }
  | { readonly name: string; readonly kind: 'digests'; readonly file: string; readonly dump: DumpWithFiles }
  | {
      readonly name: string;
      readonly kind: 'data';
      /** Path below the deployment directory. */
      readonly path: string;
      readonly owner: Owner;
      readonly exclude: readonly string[];
    };

export type DumpWithFiles = Dump & { readonly files: NonNullable<Dump['files']> };

/** The parts of a set, except for the files of the deployment directory, in the order in which they are saved. */
export function partsOf({ dumps, data }: Pick<Stack, 'dumps' | 'data'>): SetPart[] {
  return [
    ...dumps.map(
      (dump): SetPart => ({
        name: `database-${dump.database}`,
        kind: 'database',
        file: `${dump.database}.dump`,
        dump,
      }),
    ),
    ...dumps
      .filter((dump): dump is DumpWithFiles => dump.files !== undefined)
      .map(
        (dump): SetPart => ({
          name: `digests-${dump.database}`,
          kind: 'digests',
          file: `${dump.database}.sha256`,
          dump,
        }),
      ),
    ...data.flatMap(({ path, owner, saved }): SetPart[] =>
      saved.kind === 'copy'
        ? [
            {
              name: path.replaceAll('/', '-'),
              kind: 'data',
              path,
              owner,
              exclude: saved.skip.map(({ name }) => name),
            },
          ]
        : [],
    ),
  ];
}

/** The paths below the deployment directory and the tables that a set of this stack leaves out, with the reasons. */
export function leftOutOf({ dumps, data }: Pick<Stack, 'dumps' | 'data'>): LeftOut[] {
  return [
    ...dumps.flatMap(({ database, skip }) =>
      skip.map(({ name, reason }) => ({ name: `rows of ${name} in the database ${database}`, reason })),
    ),
    ...data.flatMap(({ path, saved }) => {
      if (saved.kind === 'skip') return [{ name: path, reason: saved.reason }];
      return saved.kind === 'copy'
        ? saved.skip.map(({ name, reason }) => ({ name: `${path}/${name}`, reason }))
        : [];
    }),
    { name: 'cache', reason: 'is created again from the images' },
    { name: 'the images', reason: 'are pulled again: the set has their digests' },
  ];
}

/** The number of rows by table, from the lines `rows <table> <number>`. Other lines are ignored. */
export function parseRows(lines: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, table, rows] = /^rows (\S+) (\d+)$/.exec(line) ?? [];
      return table === undefined ? [] : [[table, Number(rows)] as const];
    }),
  );
}

/** The reasons why a dump was restarted, from the lines `again <reason>`. Other lines are ignored. */
export function parseRestarts(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /^again (.*)$/.exec(line)?.[1] ?? []);
}

/** Compares the rows read back from a dump with the counts taken when it was made: a sentence for each difference. */
export function differencesOf(
  { database, counted }: Pick<Dump, 'database' | 'counted'>,
  made: Readonly<Record<string, number>>,
  read: Readonly<Record<string, number>>,
): string[] {
  return counted.flatMap((table) => {
    const [before, after] = [made[table], read[table]];
    return before !== undefined && before === after
      ? []
      : [
          `${database}: ${table} had ${before ?? 'no known number of'} rows, and the dump has ${after ?? 'none of it'}`,
        ];
  });
}
