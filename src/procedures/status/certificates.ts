import { failed, warning } from '../../host/judgement.ts';
import { renewals } from '../../plan/certificates.ts';
import type { ObservedState } from '../../plan/observed-state.ts';
import type { Plan } from '../../plan/plan.ts';
import { judgeGivenCertificates } from './given-certificates.ts';
import type { StatusFinding } from './report.ts';

/**
 * What is to be done about certificates. Those by the local CA are issued again by this tool, and those that the operator
 * gives in files are renewed there and copied. Those of an ACME CA are left out: the proxy renews them.
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
 * Findings about served certificates, but for those that the files explain: a certificate that this tool issues is served
 * as it is in its file, so that both would report the same problem.
 */
export function withoutKnown(
  served: readonly StatusFinding[],
  ofFiles: readonly StatusFinding[],
): readonly StatusFinding[] {
  const isKnown = ofFiles.some(({ about, verdict }) => about === 'certificate' && verdict === 'failed');
  return isKnown ? [] : served;
}
