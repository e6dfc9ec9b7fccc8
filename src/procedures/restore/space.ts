import type { ManifestPart } from '../../backup/manifest.ts';
import type { Context } from '../../context.ts';
import { PreflightError } from '../../errors.ts';
import { type DiskNeed, judgeDisk } from '../../preflight/capacity.ts';

/** Something that takes space, and where: in bytes. */
export type SpaceNeed = Omit<DiskNeed, 'space'>;

/** In bytes: the space that must stay free for the write-ahead log of the database, and for the first days. */
const reserve = 2 ** 30;

/** How many times larger than its dump a database is: the dump has no indexes. 1.6 was measured. */
const databaseGrowth = 2;

/** What a file takes beyond its content: in bytes, at most. */
const perFile = 4096;

interface Places {
  /** Where the data is, absolute. */
  readonly directory: string;
  /** Where databases are; in `directory` when absent. */
  readonly databases?: string;
  /** Whether dumps are copied into `directory` before they are restored. */
  readonly copiesDumps: boolean;
}

/** The disk space that restoring a set takes at most, computed from its manifest. */
export function spaceNeeds(
  { parts }: { readonly parts: readonly Pick<ManifestPart, 'kind' | 'bytes' | 'files'>[] },
  { directory, databases = directory, copiesDumps }: Places,
): SpaceNeed[] {
  const sum = (kinds: readonly string[]) =>
    parts
      .filter(({ kind }) => kinds.includes(kind))
      .reduce((all, { bytes, files }) => all + bytes + files * perFile, 0);
  const dumps = sum(['database']);
  return [
    { what: 'databases', path: databases, bytes: dumps * databaseGrowth + reserve },
    { what: 'files', path: directory, bytes: sum(['data', 'files']) + (copiesDumps ? dumps : 0) },
  ];
}

/** @throws PreflightError with what is free and what is needed, where that is not enough */
export async function refuseFull(
  { surroundings }: Pick<Context, 'surroundings'>,
  needs: readonly SpaceNeed[],
  { thing, reassurance } = { thing: 'what is in this backup', reassurance: 'Nothing was restored.' },
): Promise<void> {
  const { machine } = await surroundings();
  const seen = await Promise.all(
    needs.map(async (need) => ({ ...need, space: await machine.space(need.path) })),
  );
  const [lacking] = judgeDisk(seen).filter(({ verdict }) => verdict === 'failed');
  if (lacking !== undefined) {
    throw new PreflightError(`there is no room for ${thing}`, {
      code: 'preflight.space',
      details: [lacking.finding],
      hint: `${reassurance} ${lacking.remedy}`,
    });
  }
}
