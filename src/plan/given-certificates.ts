import type { GivenCertificate } from '../components/given-certificate.ts';
import type { Warning } from '../components/warning.ts';
import { ConfigError } from '../errors.ts';
import type { ReadCertificate } from '../secrets/judge-certificate.ts';
import type { ObservedState } from './observed-state.ts';
import type { OperationDraft } from './operation.ts';
import type { Plan } from './plan.ts';

/** A certificate that the operator keeps up to date, as it was found. */
export interface ObservedCertificate {
  readonly given: GivenCertificate;
  /** Whether both files could be read. */
  readonly isReadable: boolean;
  /** What is wrong with the files. */
  readonly issues: readonly string[];
  /** The certificate in the files; `undefined` when it could not be read. */
  readonly certificate: ReadCertificate | undefined;
  /** Whether the files are as they are in the middle of a renewal, which may come to its end. */
  readonly isHalfRenewed: boolean;
  /** Whether there is a copy, and whether its content is that of the files. */
  readonly hasCopy: boolean;
  readonly isCopied: boolean;
}

/**
 * Refuses certificate files that cannot be served. It accepts files that are served already, and files that cannot be
 * read if there is a copy, as after a restore on another host.
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

/** Copies certificates from files whose content differs from their copy. */
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

/** Removes copies that no service reads any more: each has a private key, which every backup would contain, too. */
export function surplusCopies({ unreadCopies }: Pick<ObservedState, 'unreadCopies'>): OperationDraft[] {
  return unreadCopies.map((path) => ({
    kind: 'remove-certificate',
    resource: path,
    cause: 'nothing reads it any more',
    path,
  }));
}

/** A warning, once, that nothing serves renewals of the operator's certificate by itself. */
export function unwatchedRenewals(plan: Plan): Warning[] {
  return plan.flatMap((operation) =>
    operation.kind === 'give-certificate' && operation.change === 'create'
      ? [
          {
            setting: 'traefik.certificates.chain',
            text: 'is renewed by another program: `matrix-deploy certificates watch` has each renewal served by itself',
          },
        ]
      : [],
  );
}
