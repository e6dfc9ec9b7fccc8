import { UserError } from '../errors.ts';
import { type MinisignKey, SignatureError, verifyMinisign } from './minisign.ts';
import { type ReleaseDocument, releaseDocument } from './release-document.ts';

/** A document and its signature, as they are published: texts. */
export interface SignedText {
  readonly document: string;
  readonly signature: string;
}

/** A document that was signed by a key that we know. */
export interface SignedDocument {
  readonly document: ReleaseDocument;
  /** The trusted comment, which is signed along with the document. */
  readonly comment: string;
}

const nothing = 'Nothing was changed: what was known about versions before is still used.';

/**
 * Verifies and parses a release document from outside.
 *
 * @throws UserError for a document that none of the keys has signed, or that this program does not understand
 */
export function readSigned(
  { document, signature }: SignedText,
  keys: readonly MinisignKey[],
): SignedDocument {
  try {
    const comment = verifyMinisign(Buffer.from(document), signature, keys);
    return { document: parseDocument(document), comment };
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    const reasons = [`its signature ${error.message}`, damage(document)].filter(Boolean);
    throw refused(reasons.join(', and '), 'releases.signature');
  }
}

/**
 * Whether a document is newer than the one with the highest serial that was seen so far; `false` for the same serial.
 *
 * @throws UserError for a document that is older, or that has expired
 */
export function isNews(
  { document }: SignedDocument,
  seen: Pick<ReleaseDocument, 'serial'>,
  now: Date,
): boolean {
  const { serial, expires } = document;
  if (serial < seen.serial) {
    throw refused(
      `its serial is ${serial}, and ${seen.serial} is known already: it is an older one`,
      'releases.serial',
    );
  }
  if (isExpired(document, now)) {
    throw refused(
      `it was valid until ${expires}: either nobody has published a newer one, or somebody holds it back`,
      'releases.expired',
    );
  }
  return serial > seen.serial;
}

/** Whether a document has expired: it is valid to the end of its last day, in UTC. */
export function isExpired({ expires }: Pick<ReleaseDocument, 'expires'>, now: Date): boolean {
  return now.toISOString().slice(0, 10) > expires;
}

function parseDocument(text: string): ReleaseDocument {
  const broken = damage(text);
  if (broken !== undefined) throw refused(broken, 'releases.document');
  const result = releaseDocument.safeParse(JSON.parse(text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw refused(
    `it is not as this version of matrix-deploy understands it: ${issue?.path.join('.') || 'the document'}: ${issue?.message}`,
    'releases.document',
  );
}

/** The visible damage of a text, as the rest of an error message; `undefined` when there is none. */
function damage(text: string): string | undefined {
  if (/^(?:<{7}|={7}|>{7})(?: |$)/m.test(text)) return 'it has the marks of a merge conflict in it';
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return 'it is cut off, or is no JSON at all';
  }
}

function refused(reason: string, code: string): UserError {
  return new UserError(`the release document is refused: ${reason}`, { code, hint: nothing });
}
