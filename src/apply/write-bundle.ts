import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../errors.ts';
import { withEntry } from '../host/entry.ts';
import { ensureDirectory, isErrno, syncDirectory, temporaryPath, writeNew } from '../host/files.ts';
import { layout, modes } from '../layout.ts';
import type { Bundle } from '../plan/bundle.ts';
import { printSources } from '../state/bundles.ts';
import { readRecord, writeRecord } from '../state/records.ts';
import { batched } from './batch.ts';
import { type Deployment, inDirectory } from './deployment.ts';

type Where = Pick<Deployment, 'directory'>;

/** Writes and removes bundles one after the other, because the records of all bundles are in one file. */
export function bundleKeeper(deployment: Where) {
  return batched<Bundle | { readonly gone: string }>(async (items) => {
    for (const item of items) {
      await ('gone' in item ? removeBundle(deployment, item.gone) : writeBundle(deployment, item));
    }
  });
}

/**
 * Writes a bundle under a temporary name, and gives it its name when all of it is on the disk. Its files are readable
 * for every user, because containers read them as users of their own. The mode of the directory above protects them.
 */
async function writeBundle(deployment: Where, bundle: Bundle): Promise<void> {
  const target = inDirectory(deployment, bundle.path);
  const staging = temporaryPath(target);
  if (bundle.from !== undefined) await closeToOthers(inDirectory(deployment, bundle.from));
  await ensureDirectory(inDirectory(deployment, layout.secrets), modes.secretsDirectory);
  await ensureDirectory(inDirectory(deployment, layout.bundles), modes.secretsDirectory);
  await ensureDirectory(inDirectory(deployment, layout.state), modes.stateDirectory);
  await mkdir(staging);
  await ensureDirectory(staging, modes.directory);
  for (const { path, content } of bundle.entries) {
    const place = join(staging, path);
    await ensureDirectory(content === undefined ? place : dirname(place), modes.directory);
    if (content !== undefined)
      await writeNew(place, content(), bundle.isExecutable ? modes.program : modes.secret);
  }
  await recordSources(deployment, { [bundle.path]: printSources(bundle.sources) });
  await rm(target, { recursive: true, force: true });
  await rename(staging, target);
  await syncDirectory(dirname(target));
}

/** Removes a bundle that no service reads any more, and its record. */
async function removeBundle(deployment: Where, path: string): Promise<void> {
  await rm(inDirectory(deployment, path), { recursive: true, force: true });
  await recordSources(deployment, { [path]: undefined });
}

async function recordSources(
  deployment: Where,
  changed: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const path = inDirectory(deployment, layout.bundleSources);
  const merged = { ...(await readRecord(path)), ...changed };
  const known = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined);
  await writeRecord(path, Object.fromEntries(known));
}

/** Lets only the operator read the original files: services read the copy. */
async function closeToOthers(directory: string): Promise<void> {
  try {
    await withEntry(directory, (entry) => entry.setMode(modes.ownDirectory));
  } catch (cause) {
    if (!isErrno(cause, 'EPERM')) throw cause;
    throw new UserError(
      `others may read ${directory}, and you cannot change that: it belongs to another user`,
      {
        code: 'apply.files',
        hint: `Run \`chmod 700 ${directory}\` as its owner or as root, then run the command again.`,
        cause,
      },
    );
  }
}
