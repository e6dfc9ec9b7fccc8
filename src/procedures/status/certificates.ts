import { failed, warning } from '../../host/preflight/finding.ts';
import { renewals } from '../../plan/certificates.ts';
import type { Plan } from '../../plan/plan.ts';
import type { ObservedState } from '../../state/observed-state.ts';
import { judgeOwnCertificates } from './own-certificate.ts';
import type { StatusFinding } from './report.ts';

/** Certificates of our own that are to be issued again, and those of the operator's own files. Those of others are the proxy's to renew. */
export function judgeCertificates(
  plan: Plan,
  observed: Pick<ObservedState, 'now' | 'validity' | 'certificates'>,
): StatusFinding[] {
  const issued = renewals(plan, observed).map(({ path, cause, isRefused }) => ({
    about: 'certificate' as const,
    ...(isRefused ? failed : warning)(
      `the certificate ${path} must be issued again: ${cause}`,
      '`matrix-deploy apply` does that.',
    ),
  }));
  return [...issued, ...judgeOwnCertificates(observed.certificates)];
}
