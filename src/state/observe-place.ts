import { join } from 'node:path';
import type { DataSpec } from '../components/data.ts';
import { exists, namesIn, readIfExists } from '../host/files.ts';
import { composeFile, layout } from '../layout.ts';
import type { ObservedState } from '../plan/observed-state.ts';
import type { Stack } from '../stack/stack.ts';
import { observeBundles } from './bundles.ts';
import { foreignComposeFiles } from './foreign-compose-files.ts';
import type { GivenValues } from './given-secrets.ts';
import { observeCertificates, observeUnreadCopies } from './observe-certificates.ts';
import { isInUse } from './observe-identity.ts';
import { observeValidity } from './observe-validity.ts';
import { readRecord } from './records.ts';
import { readRotations } from './rotation.ts';
import { observeMismatched } from './secrets.ts';

/** Reads the part of the observed state that is in the deployment directory. */
export async function observePlace(
  directory: string,
  stack: Stack,
  { now, aboutToBeSet }: { readonly now: Date; readonly aboutToBeSet?: GivenValues | undefined },
): Promise<
  Pick<
    ObservedState,
    | 'files'
    | 'written'
    | 'foreignFiles'
    | 'secrets'
    | 'validity'
    | 'unread'
    | 'rotating'
    | 'mismatched'
    | 'bundles'
    | 'certificates'
    | 'unreadCopies'
    | 'data'
    | 'dataInUse'
    | 'dataReleases'
  >
> {
  const [
    files,
    written,
    names,
    secrets,
    validity,
    unread,
    rotating,
    mismatched,
    bundles,
    certificates,
    unreadCopies,
    data,
    dataInUse,
    dataReleases,
  ] = await Promise.all([
    observeFiles(directory, stack),
    readRecord(join(directory, layout.written)),
    namesIn(directory),
    namesIn(join(directory, layout.secrets)),
    observeValidity(directory, stack.secrets),
    readRecord(join(directory, layout.unread)),
    readRotations(directory),
    observeMismatched(directory, stack.secrets),
    observeBundles(directory, stack.bundles, aboutToBeSet),
    observeCertificates(directory, stack.certificates, now),
    observeUnreadCopies(directory, stack.certificates),
    observeData(directory, stack.data, exists),
    observeData(directory, stack.data, isInUse),
    observeReleases(directory, stack.data),
  ]);
  return {
    files,
    written,
    foreignFiles: foreignComposeFiles(names),
    secrets: new Set(secrets),
    validity,
    unread,
    rotating,
    mismatched,
    bundles,
    certificates,
    unreadCopies,
    data,
    dataInUse,
    dataReleases,
  };
}

async function observeFiles(directory: string, stack: Stack): Promise<Record<string, string>> {
  const paths = [composeFile, ...stack.files.map(({ path }) => path)];
  const texts = await Promise.all(
    paths.map(async (path) => [path, await readIfExists(join(directory, path))]),
  );
  return Object.fromEntries(texts.filter(([, text]) => text !== undefined));
}

/** The paths of the data directories for which `isTrue` holds. */
async function observeData(
  directory: string,
  data: readonly DataSpec[],
  isTrue: (path: string) => Promise<boolean>,
): Promise<ReadonlySet<string>> {
  const found = await Promise.all(data.map(({ path }) => isTrue(join(directory, path))));
  return new Set(data.filter((_, index) => found[index]).map(({ path }) => path));
}

/** The release by data directory. Unreadable directories are absent: only root may read most of them. */
async function observeReleases(
  directory: string,
  data: readonly DataSpec[],
): Promise<Record<string, string>> {
  const read = data.map(async ({ path, release }): Promise<[string, string][]> => {
    const text = release && (await readIfExists(join(directory, path, release.file)).catch(() => undefined));
    return text === undefined ? [] : [[path, text.trim()]];
  });
  return Object.fromEntries((await Promise.all(read)).flat());
}
