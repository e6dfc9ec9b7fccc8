import { inDirectory } from '../../apply/deployment.ts';
import { mountJob } from '../../apply/prepare-data.ts';
import { differencesOf, parseRows, partsOf } from '../../backup/contents.ts';
import type { Dump } from '../../components/saving.ts';
import { BackupError } from '../../errors.ts';
import { lastLines } from '../../host/text.ts';
import { type PendingRestore, writePendingRestore } from '../../state/pending-restore.ts';
import { openSecrets } from '../backup/open-secrets.ts';
import { jobOf } from '../backup/save.ts';
import { inStage } from '../backup/stage.ts';
import { freeReserve, reserveSpace } from '../reserve.ts';
import { parseSizes } from '../status/sizes.ts';
import { inService, parseDatabases } from './database-server.ts';
import { type Fetching, fetchData, missingFiles } from './fetch.ts';
import { problemsOf } from './judge-set.ts';
import { markAsOwn } from './mark-as-own.ts';
import type { Restoration } from './replacing.ts';
import { removeStaging, restoring } from './staging.ts';

/**
 * Restores databases and directories from a set beside those in use, and compares them with what was saved. Does not
 * touch the data in use.
 *
 * @returns the record, which has been written, and files that the database names and the set does not have
 * @throws BackupError where the restored data differs from what was saved, or cannot be used here
 */
export async function stageBeside(
  restoration: Restoration,
  begun: PendingRestore,
): Promise<{ pending: PendingRestore; missing: string[] }> {
  const { deployment, stack, source } = restoration;
  const { directory, engine } = deployment;
  const step = <Result>(name: string, action: () => Promise<Result>) =>
    inStage(name, action, 'Nothing was changed: the server keeps running.');
  await engine.removeJobs(restoring.project);
  await writePendingRestore(directory, begun);
  await reserveSpace(deployment);
  await openSecrets(deployment, stack);
  const keptBytes = await bytesInUse(restoration);
  const databases: PendingRestore['databases'] = [];
  const rows: Record<string, Record<string, number>> = {};
  for (const place of begun.databases) {
    const dump = stack.dumps.find(({ database }) => database === place.inUse) as Dump;
    rows[place.inUse] = await step('restoring the database', () =>
      fillBeside(restoration, dump, place.beside),
    );
    databases.push({ ...place, identities: await identitiesOf(restoration, dump, place) });
  }
  const fetching: Fetching = {
    ...{ engine, directory, source, random: deployment.random, image: source.image },
    note: restoration.note,
    workplace: restoring,
    placeOf: (path) => placeBeside(restoration, begun, path),
    onProgress: restoration.onProgress,
  };
  const wanted = begun.directories.map(({ inUse }) => inUse);
  const data = stack.data.filter(({ path }) => wanted.includes(path));
  await step('restoring files', () => fetchData(fetching, { dumps: [], data }));
  for (const { inUse, beside } of begun.directories) {
    const marking = { project: restoring.project, image: source.image };
    await markAsOwn(deployment, stack, { ...marking, path: inUse, beside });
  }
  restoration.note('compare the files with the database');
  const missing = await step('comparing files', () => missingFiles(fetching, stack));
  await removeStaging(fetching);
  await freeReserve(deployment);
  const pending = { ...begun, databases, rows, keptBytes };
  await writePendingRestore(directory, pending);
  return { pending, missing };
}

function placeBeside({ deployment }: Restoration, { directories }: PendingRestore, path: string): string {
  return inDirectory(deployment, directories.find(({ inUse }) => inUse === path)?.beside ?? path);
}

/** @returns the numbers of restored rows, by table */
async function fillBeside(
  restoration: Restoration,
  dump: Dump,
  beside: string,
): Promise<Record<string, number>> {
  const { deployment, stack, source, target, note } = restoration;
  const { database } = dump;
  const part = partsOf(stack).find((one) => one.kind === 'database' && one.dump === dump);
  if (part?.kind !== 'database') throw new Error(`${database} is no part of a backup`);
  note(`restore the database ${database} beside the one that serves`);
  await inService(deployment.engine, stack, dump.replacement.service, {
    exec: dump.replacement.create(beside),
    doing: `creating the database ${beside}`,
  });
  const job = jobOf({ deployment, stack, target }, dump);
  const { exitCode, output } = await source.repository.feed({
    ...{ snapshot: source.snapshotOf(part.name), path: `/${part.file}`, job },
    command: dump.replacement.fill(beside),
    user: job.user,
  });
  const lines = output.trim().split('\n');
  if (exitCode !== 0) throw unusable(database, 'restore.database', lines.slice(-10));
  const made = source.manifest.databases.find(({ name }) => name === database)?.rows ?? {};
  const rows = parseRows(lines);
  const differences = differencesOf(dump, made, rows);
  if (differences.length > 0) throw unusable(database, 'restore.rows', differences);
  const problems = problemsOf(lines, await knownSchema(restoration, dump));
  if (problems.length > 0) throw unusable(database, 'restore.unfit', problems);
  return rows;
}

function unusable(database: string, code: string, details: readonly string[]): BackupError {
  return new BackupError(`the database ${database} of this backup cannot be used here`, {
    code,
    details,
    hint: 'Use another backup, or fix the cause.',
  });
}

/** The highest schema that the running release knows; `undefined` where every release can use the database. */
async function knownSchema(
  { deployment, stack: { project } }: Restoration,
  { replacement: { schema } }: Dump,
): Promise<number | undefined> {
  if (schema === undefined) return undefined;
  const { exitCode, output } = await deployment.engine.run(
    mountJob(deployment, project, schema.known, (source) => source),
  );
  const known = /^\d+$/m.exec(output)?.[0];
  if (exitCode !== 0 || known === undefined) {
    throw new BackupError(`${schema.known.image} does not tell which databases it can use`, {
      code: 'restore.schema',
      details: lastLines(output),
      hint: 'Nothing was changed.',
    });
  }
  return Number(known);
}

async function identitiesOf(
  { deployment, stack }: Restoration,
  { replacement: { service, list } }: Dump,
  { inUse, beside }: PendingRestore['databases'][number],
) {
  const doing = 'listing the databases';
  const found = parseDatabases(await inService(deployment.engine, stack, service, { exec: list, doing }));
  const restored = found.get(beside);
  if (restored === undefined) {
    throw new BackupError(`the database ${beside} is not there`, { code: 'restore.database' });
  }
  return { before: found.get(inUse), restored };
}

/** About how many bytes the data takes that is in use now and kept after the switch. */
async function bytesInUse({ deployment: { engine }, stack }: Restoration): Promise<number> {
  const questions = [
    ...stack.dumps.map(({ size }) => size),
    ...stack.data.flatMap(({ saved }) => (saved.kind === 'copy' && saved.size ? [saved.size] : [])),
  ];
  const sizes = await Promise.all(
    questions.map(async ({ service, ask }) => {
      const asked = inService(engine, stack, service, { exec: ask, doing: 'asking for sizes' });
      return Object.values(parseSizes(await asked.catch(() => '')));
    }),
  );
  return sizes.flat().reduce((sum, bytes) => sum + bytes, 0);
}
