import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type GivenCertificate, servedCopy } from '../components/given-certificate.ts';
import { messageOf } from '../errors.ts';
import { exists, readIfExists } from '../host/files.ts';
import type { ObservedCertificate } from '../plan/given-certificates.ts';
import { judgeCertificate } from '../secrets/judge-certificate.ts';
import { shellWord } from '../shell-word.ts';

/** Reads the certificates that the operator keeps up to date, judges them, and compares them with their copies. */
export async function observeCertificates(
  directory: string,
  certificates: readonly GivenCertificate[],
  now: Date,
): Promise<ObservedCertificate[]> {
  return Promise.all(certificates.map((given) => observeCertificate(directory, given, now)));
}

/** Paths of the existing copies that no service reads any more. Such a copy contains a private key. */
export async function observeUnreadCopies(
  directory: string,
  certificates: readonly GivenCertificate[],
): Promise<string[]> {
  const isRead = certificates.some(({ copy }) => copy === servedCopy);
  return !isRead && (await exists(join(directory, servedCopy))) ? [servedCopy] : [];
}

async function observeCertificate(
  directory: string,
  given: GivenCertificate,
  now: Date,
): Promise<ObservedCertificate> {
  const { names, roots: rootsFile, copy } = given;
  const [chain, key, copied, roots] = await Promise.all([
    readGiven(given.chain),
    readGiven(given.key),
    readIfExists(join(directory, copy)),
    rootsFile === undefined ? undefined : readIfExists(join(directory, rootsFile)),
  ]);
  const hasCopy = copied !== undefined;
  if (chain.text === undefined || key.text === undefined) {
    const issues = [chain, key].flatMap(({ issue }) => issue ?? []);
    const nothing = { certificate: undefined, isCopied: false };
    return { given, isReadable: false, issues, isHalfRenewed: true, hasCopy, ...nothing };
  }
  const texts = { chain: chain.text, key: key.text };
  const { issues, certificate, isHalfRenewed } = judgeCertificate(texts, { paths: given, names, roots, now });
  const open = await opennessOf(given.key);
  return {
    given,
    isReadable: true,
    issues: [...issues, ...open],
    certificate,
    isHalfRenewed,
    hasCopy,
    isCopied: certificate !== undefined && certificate.pem === copied,
  };
}

async function readGiven(path: string): Promise<{ text?: string; issue?: string }> {
  try {
    return { text: await readFile(path, 'latin1') };
  } catch (error) {
    return { issue: `${path} cannot be read: ${messageOf(error)}` };
  }
}

/**
 * An issue if other users of the host can read the key. Its mode does not matter if they cannot enter its directory.
 */
async function opennessOf(path: string): Promise<string[]> {
  const file = await realpath(path);
  const [{ mode }, above] = await Promise.all([stat(file), stat(dirname(file))]);
  return (mode & 0o004) !== 0 && (above.mode & 0o001) !== 0
    ? [`other users of this host can read the key in ${path}: chmod o= ${shellWord(file)}`]
    : [];
}
