import { inDirectory } from '../../apply/deployment.ts';
import { type DumpWithFiles, differencesOf, parseRows, type SetPart } from '../../backup/contents.ts';
import type { Manifest, ManifestPart } from '../../backup/manifest.ts';
import type { Dump } from '../../components/saving.ts';
import { BackupError } from '../../errors.ts';
import { jobOf, type Making } from './save.ts';

type Proving = Pick<Making, 'deployment' | 'stack' | 'target'>;

/** Path of the files in the container that compares them with their digests. */
const comparedAt = '/compared';

/**
 * Reads a dump from the repository to its end, and compares its rows with the counts that were taken while dumping.
 *
 * @returns what was verified, as a sentence
 * @throws BackupError for a dump that cannot be restored, or that differs
 */
export async function verifyDump(
  proving: Proving,
  dump: Dump,
  { snapshot, path }: Pick<ManifestPart, 'snapshot' | 'path'>,
  made: Manifest['databases'][number],
): Promise<string> {
  const job = { ...jobOf(proving, dump), networks: [] };
  const { exitCode, output } = await proving.target.repository.feed({
    snapshot,
    path,
    command: dump.read,
    user: job.user,
    job,
  });
  const lines = output.split('\n');
  if (exitCode !== 0) {
    throw new BackupError(`the dump of ${dump.database} cannot be restored`, {
      code: 'backup.dump',
      details: lines.filter((line) => !line.startsWith('rows ')).slice(-10),
    });
  }
  const differences = differencesOf(dump, made.rows, parseRows(lines));
  if (differences.length > 0) {
    throw new BackupError(`the dump of ${dump.database} is not what was dumped`, {
      code: 'backup.rows',
      details: differences,
    });
  }
  const rows = Object.values(made.rows).reduce((sum, one) => sum + one, 0);
  return `the dump of the database ${dump.database} can be restored; it has as many rows as the database had (${rows} in the ${dump.counted.length} tables that were counted)`;
}

/**
 * Compares the files on this host that a database names with the digests that the database has of them. The set has
 * its copy of these files already, and copying fails if a file cannot be read: so a file that is whole here is in the
 * set.
 *
 * @returns what was verified, as a sentence
 * @throws BackupError naming the files that differ or are missing, and that the database still names
 */
async function verifyFiles(
  proving: Proving,
  dump: DumpWithFiles,
  { snapshot, path }: Pick<ManifestPart, 'snapshot' | 'path'>,
): Promise<string> {
  const { files } = dump;
  const { deployment, stack, target } = proving;
  const owner = stack.data.find((one) => one.path === files.data)?.owner ?? dump.job.user;
  const job = jobOf(proving, dump);
  const { exitCode, output } = await target.repository.feed({
    snapshot,
    path,
    command: ['sh', '-c', 'cd "$0" && exec "$@"', comparedAt, ...files.compare],
    user: owner,
    job: {
      ...job,
      networks: [],
      mounts: [{ source: inDirectory(deployment, files.data), target: comparedAt }],
    },
  });
  const lines = output.split('\n').filter((line) => line !== '');
  const whole = /^whole (\d+)$/.exec(lines.at(-1) ?? '')?.[1];
  if (exitCode !== 0 || whole === undefined) {
    throw new BackupError(`the files that ${dump.database} names could not be compared`, {
      code: 'backup.files',
      details: lines.slice(-10),
    });
  }
  const wrong = await stillNamed(proving, dump, lines.slice(0, -1));
  if (wrong.length > 0) {
    throw new BackupError(
      `files that the database ${dump.database} names are missing or damaged: ${wrong.length}`,
      {
        code: 'backup.files',
        details: wrong.slice(0, 10).map((file) => `${files.data}/${file}`),
        hint: 'See the disk that they are on. To back up without them, remove them from the homeserver first.',
      },
    );
  }
  return `the files in ${files.data} whose digests the database ${dump.database} has are whole (${whole} of them)`;
}

/** Of files that differ, those that the database still names. The others were deleted since the backup began. */
async function stillNamed(
  proving: Proving,
  dump: DumpWithFiles,
  suspects: readonly string[],
): Promise<string[]> {
  if (suspects.length === 0) return [];
  const wanted = new Set(suspects);
  const named = new Set<string>();
  const job = jobOf(proving, dump);
  const { exitCode } = await proving.deployment.engine.follow(
    { ...job, entrypoint: dump.files.write },
    {
      onLine(line) {
        const file = line.slice(line.indexOf('  ') + 2);
        if (wanted.has(file)) named.add(file);
      },
    },
  );
  return exitCode === 0 ? [...named] : [...suspects];
}

/** Verifies the parts of a set, one after the other. @returns what was verified, a sentence each */
export async function verifyParts(
  proving: Proving,
  parts: readonly SetPart[],
  { parts: saved, databases }: Pick<Manifest, 'parts' | 'databases'>,
  note: (text: string) => void,
): Promise<string[]> {
  const found: string[] = [];
  for (const part of parts) {
    const of = saved.find(({ name }) => name === part.name);
    const database = databases.find(({ name }) => part.kind === 'database' && name === part.dump.database);
    if (of !== undefined && part.kind === 'database' && database !== undefined) {
      note(`read the dump of ${part.dump.database} back`);
      found.push(await verifyDump(proving, part.dump, of, database));
    } else if (of !== undefined && part.kind === 'digests') {
      note(`compare files with the database ${part.dump.database}`);
      found.push(await verifyFiles(proving, part.dump, of));
    }
  }
  return found;
}
