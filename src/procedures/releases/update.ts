import type { Context } from '../../context.ts';
import { UsageError, UserError } from '../../errors.ts';
import { download } from '../../host/download.ts';
import { readReleaseFile } from '../../host/given-files.ts';
import { isNews, readSigned, type SignedDocument, type SignedText } from '../../releases/accept.ts';
import { parseKeys } from '../../releases/minisign.ts';
import { writeFetchedReleases } from '../../state/releases.ts';
import { changeDeployment } from '../change-deployment.ts';
import { knownReleases } from './known.ts';

type Ports = Pick<
  Context,
  | 'clock'
  | 'interrupt'
  | 'outliveTerminal'
  | 'patience'
  | 'processId'
  | 'releaseKeys'
  | 'stdin'
  | 'workingDirectory'
>;

/** The largest accepted document: hundreds of tested sets fit. */
const documentBytes = 2 ** 20;
const signatureBytes = 2 ** 12;

/** The result of an update: the document that was fetched. */
export interface ReleasesUpdate extends SignedDocument {
  /** Whether it is newer than the known one, and was therefore kept. */
  readonly changed: boolean;
}

/**
 * Fetches a release document and its signature, which has the document's name with `.minisig` appended. Keeps the
 * document for a deployment where one of our keys has signed it, and it is valid and newer than the known one.
 *
 * @param from an https URL, or the path of a file
 * @throws UserError for a document that is not trusted, not valid any more, or older than the known one: nothing is
 *   written
 */
export async function updateReleases(
  directory: string,
  from: string,
  context: Ports,
): Promise<ReleasesUpdate> {
  const keys = parseKeys(await context.releaseKeys());
  if (keys.length === 0) throw noKeys();
  const text = await fetchSigned(from, context);
  const signed = readSigned(text, keys);
  return changeDeployment(context, { directory }, 'releases update', async () => {
    const known = await knownReleases(directory, context);
    const changed = isNews(signed, { serial: known.highestSerial }, context.clock.now());
    if (changed) await writeFetchedReleases(directory, text);
    return { ...signed, changed };
  });
}

function noKeys(): UserError {
  return new UserError('this copy of matrix-deploy has no key by which it could trust a release document', {
    code: 'releases.key',
    hint: 'What is built in is used. keys/releases.pub in the directory of the program says more.',
  });
}

async function fetchSigned(from: string, context: Ports): Promise<SignedText> {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(from)) {
    const url = URL.canParse(from) ? new URL(from) : undefined;
    if (url?.protocol !== 'https:') throw noAddress(from);
    const signatureUrl = new URL(url);
    signatureUrl.pathname += '.minisig';
    const [document, signature] = await Promise.all([
      download(url, { ...context, bytes: documentBytes }),
      download(signatureUrl, { ...context, bytes: signatureBytes }),
    ]);
    return { document, signature };
  }
  const [document, signature] = await Promise.all([
    readReleaseFile(from, documentBytes, context),
    readReleaseFile(`${from}.minisig`, signatureBytes, context),
  ]);
  return { document, signature };
}

function noAddress(from: string): UsageError {
  return new UsageError(`${from} is no address of https://`, {
    code: 'usage.address',
    hint: 'Give --from an address that begins with https://, or the path of a file.',
  });
}
