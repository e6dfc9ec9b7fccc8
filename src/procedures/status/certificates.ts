import { failed, warning } from '../../host/judgement.ts';
import { renewals } from '../../plan/certificates.ts';
import type { ObservedState } from '../../plan/observed-state.ts';
import type { Plan } from '../../plan/plan.ts';
import { judgeGivenCertificates } from './given-certificates.ts';
import type { StatusFinding } from './report.ts';

/**
 * Findings about certificates that need an action. This tool issues those of the local CA again, and copies those
 * that the operator gives in files, after the operator has renewed them. Those of an ACME CA are left out: the proxy
 * renews them.
 */
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
  return [...issued, ...judgeGivenCertificates(observed.certificates)];
}

/**
 * The findings about served certificates; none where a failure of the certificate files explains them. The proxy
 * serves a certificate of this tool as it is in its file, so both would report the same problem.
 */
export function withoutKnown(
  served: readonly StatusFinding[],
  ofFiles: readonly StatusFinding[],
): readonly StatusFinding[] {
  const isKnown = ofFiles.some(({ about, verdict }) => about === 'certificate' && verdict === 'failed');
  return isKnown ? [] : served;
}
