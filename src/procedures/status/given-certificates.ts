import { warning } from '../../host/judgement.ts';
import type { ObservedCertificate } from '../../plan/given-certificates.ts';
import type { StatusFinding } from './report.ts';

/**
 * Findings about the operator's certificate files, of which the proxy serves copies. Files that could not be served
 * in place of their copy make planning fail, which is a finding of its own.
 */
export function judgeGivenCertificates(certificates: readonly ObservedCertificate[]): StatusFinding[] {
  return certificates.flatMap(({ given, isReadable, issues, isCopied, hasCopy }) => {
    if (!hasCopy) return [];
    const found = !isReadable
      ? warning(
          `the proxy serves a copy of its certificate, since ${issues.join(', and ')}`,
          'No renewal will be seen: put the files there, or change traefik.certificates.',
        )
      : isCopied
        ? issues.map((issue) => warning(issue, 'Correct that.'))
        : warning(
            `${given.chain} has another certificate than the one that is served`,
            'Serve it: `matrix-deploy certificates reload`. To have that done by itself: `matrix-deploy certificates watch`.',
          );
    return [found].flat().map((judgement) => ({ about: 'certificate' as const, ...judgement }));
  });
}
