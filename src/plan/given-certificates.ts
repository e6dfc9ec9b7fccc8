import type { GivenCertificate } from '../components/given-certificate.ts';
import { ConfigError } from '../errors.ts';
import type { ReadCertificate } from '../secrets/judge-certificate.ts';
import type { ObservedState } from './observed-state.ts';
import type { OperationDraft } from './operation.ts';

/** A certificate that the operator keeps up to date, as it was found. */
export interface ObservedCertificate {
  readonly given: GivenCertificate;
  /** Could both files be read? */
  readonly isReadable: boolean;
  /** What is wrong with them. */
  readonly issues: readonly string[];
  /** What is in them, where it could be read. */
  readonly certificate: ReadCertificate | undefined;
  /** Is there a copy, and is it of what is in the files? */
  readonly hasCopy: boolean;
  readonly isCopied: boolean;
}

/**
 * Refuses files that cannot be served, unless they are what is served already. Where they are not there, as after a restore
 * on another host, the copy still is.
 *
 * @throws ConfigError naming all that is wrong with them.
 */
export function refuseBadCertificates(certificates: readonly ObservedCertificate[]): void {
  const bad = certificates.filter(
    ({ issues, isReadable, hasCopy, isCopied }) => issues.length > 0 && !isCopied && (isReadable || !hasCopy),
  );
  if (bad.length === 0) return;
  throw new ConfigError('the certificate that traefik.certificates names cannot be served', {
    code: 'config.certificate',
    details: bad.flatMap(({ issues }) => issues),
    hint: 'Correct the files, or name others in traefik.certificates. Nothing was changed.',
  });
}

/** Copies that are not of what is in the files. */
export function changedCertificates(certificates: readonly ObservedCertificate[]): OperationDraft[] {
  return certificates.flatMap(({ given, certificate, issues, hasCopy, isCopied }): OperationDraft[] =>
    certificate === undefined || issues.length > 0 || isCopied
      ? []
      : [
          {
            kind: 'give-certificate',
            resource: given.copy,
            cause: hasCopy ? `another certificate is in ${given.chain}` : 'not there yet',
            change: hasCopy ? 'update' : 'create',
            given,
            pem: () => certificate.pem,
          },
        ],
  );
}

/** Copies that no service is to read: each has a private key, which every backup would have, too. */
export function surplusCopies({ unreadCopies }: Pick<ObservedState, 'unreadCopies'>): OperationDraft[] {
  return unreadCopies.map((path) => ({
    kind: 'remove-certificate',
    resource: path,
    cause: 'nothing reads it any more',
    path,
  }));
}
