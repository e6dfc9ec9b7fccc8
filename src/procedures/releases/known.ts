import type { Context } from '../../context.ts';
import { messageOf } from '../../errors.ts';
import { isExpired, readSigned, type SignedDocument } from '../../releases/accept.ts';
import { parseKeys } from '../../releases/minisign.ts';
import type { ReleaseDocument } from '../../releases/release-document.ts';
import { builtIn } from '../../releases/releases.ts';
import { readFetchedReleases } from '../../state/releases.ts';

/** The release document in use, and its source. */
export interface KnownReleases {
  readonly document: ReleaseDocument;
  readonly source: 'built-in' | 'fetched';
  /** Whether it is too old to be sure that nothing important is missing. The built-in one is used even then. */
  readonly isExpired: boolean;
  /** Why a fetched document is not used; `null` where there is none, or it is used. */
  readonly unused: string | null;
  /** The highest serial seen so far: documents with a lower one are refused. */
  readonly highestSerial: number;
}

/**
 * Chooses the release document for a deployment: the fetched one where it is valid and newer than the built-in one.
 * Makes no requests, and works without a deployment.
 */
export async function knownReleases(
  directory: string,
  { clock, releaseKeys }: Pick<Context, 'clock' | 'releaseKeys'>,
): Promise<KnownReleases> {
  const now = clock.now();
  const own = { document: builtIn, source: 'built-in', isExpired: isExpired(builtIn, now) } as const;
  const text = await readFetchedReleases(directory);
  if (text === undefined) return { ...own, unused: null, highestSerial: builtIn.serial };
  const fetched = await verified(text, releaseKeys);
  if ('reason' in fetched) return { ...own, unused: fetched.reason, highestSerial: builtIn.serial };
  const { document } = fetched;
  const highestSerial = Math.max(document.serial, builtIn.serial);
  if (document.serial <= builtIn.serial) {
    return { ...own, unused: 'what is built in is as new, or newer', highestSerial };
  }
  return isExpired(document, now)
    ? { ...own, unused: `it was valid until ${document.expires}`, highestSerial }
    : { document, source: 'fetched', isExpired: false, unused: null, highestSerial };
}

async function verified(
  text: Exclude<Awaited<ReturnType<typeof readFetchedReleases>>, undefined>,
  releaseKeys: Context['releaseKeys'],
): Promise<SignedDocument | { readonly reason: string }> {
  if (text === 'broken') return { reason: 'its file is damaged' };
  try {
    return readSigned(text, parseKeys(await releaseKeys()));
  } catch (error) {
    return { reason: messageOf(error) };
  }
}
