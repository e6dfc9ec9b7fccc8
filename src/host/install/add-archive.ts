import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PreflightError } from '../../errors.ts';
import { ensureDirectory, namesIn, readForeign, writeAtomically } from '../files.ts';
import type { InstallTools, Trust } from './install.ts';
import { type ArchiveFiles, archiveFiles, type DockerArchive, dockerFingerprint } from './offer.ts';
import { keyFingerprint } from './openpgp.ts';

/**
 * Adds Docker's archive to apt: its key, after a check of the fingerprint, and an entry that trusts this key for this
 * archive only. Existing files are never replaced: they stay if they are right, and are an error otherwise.
 *
 * @returns a function that removes the added files
 * @throws PreflightError; nothing is changed then
 */
export async function addArchive(
  archive: DockerArchive,
  network: InstallTools['network'],
  { fingerprint = dockerFingerprint, etc = '/etc/apt' }: Trust,
): Promise<{ remove(): Promise<void> }> {
  const files = archiveFiles(archive, etc);
  await refuseOtherEntries(files, etc);
  const kept = await readForeign(files.keyring);
  const key = kept ?? (await fetchKey(files.keyUrl, network));
  refuseOtherKey(key, { fingerprint, place: kept === undefined ? files.keyUrl : files.keyring });
  const added: string[] = [];
  const add = async (path: string, text: string) => {
    if ((await readForeign(path)) === undefined) {
      added.unshift(path);
      await writeAtomically(path, text, 0o644);
    }
  };
  const remove = async () => {
    for (const path of added) {
      await rm(path, { force: true });
    }
  };
  try {
    await ensureDirectory(dirname(files.keyring), 0o755);
    // In this order: an entry without its key makes every update of the lists fail.
    await add(files.keyring, key);
    await add(files.sources, files.entry);
  } catch (error) {
    await remove();
    throw error;
  }
  return { remove };
}

/** Two entries for one archive that name different keys make apt refuse to work at all. */
async function refuseOtherEntries({ sources, entry }: ArchiveFiles, etc: string): Promise<void> {
  const directory = join(etc, 'sources.list.d');
  // By sources.list(5), files with other endings do not count.
  const names = (await namesIn(directory)).filter((name) => /\.(list|sources)$/.test(name));
  for (const path of [join(etc, 'sources.list'), ...names.map((name) => join(directory, name))]) {
    const text = (await readForeign(path)) ?? '';
    const isOther = path === sources ? text !== entry : /^[^#\n]*\bdownload\.docker\.com\b/m.test(text);
    if (isOther) {
      throw refused(`${path} is there already, and is not what would be written to ${sources}`, {
        hint: `Where it is right, install from it with apt-get; otherwise remove it, and run the same command again.`,
      });
    }
  }
}

async function fetchKey(url: string, network: InstallTools['network']): Promise<string> {
  const answer = await network.get(url, undefined);
  const problem =
    'failure' in answer
      ? answer.failure
      : (answer.distrust ?? (answer.status === 200 ? undefined : `status ${answer.status}`));
  if ('failure' in answer || problem !== undefined) {
    throw refused(`Docker's key could not be fetched from ${url}: ${problem}`, {
      hint: `See what \`curl -I ${url}\` says.`,
    });
  }
  return answer.body;
}

function refuseOtherKey(key: string, { fingerprint, place }: { fingerprint: string; place: string }): void {
  const found = keyFingerprint(key);
  if (found !== fingerprint) {
    throw refused(`what ${place} holds is not Docker's key`, {
      details: [`expected: ${fingerprint}`, `found:    ${found ?? 'no single OpenPGP public key'}`],
      hint:
        'Do not trust it. Somebody may be intercepting the connection to Docker, or Docker has another key now: ' +
        'compare it with what https://docs.docker.com says.',
    });
  }
}

function refused(
  problem: string,
  { hint, details = [] }: { hint: string; details?: readonly string[] },
): PreflightError {
  return new PreflightError(`${problem}; nothing was changed`, { code: 'preflight.archive', hint, details });
}
