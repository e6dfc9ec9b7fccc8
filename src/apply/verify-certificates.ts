import { judgeTerm } from '../host/health/certificates.ts';
import type { Stack } from '../stack/stack.ts';
import { isPrivateToHost, publicUrl } from './locate-names.ts';
import { readServedCertificates } from './served-certificates.ts';
import type { OutsideFinding, OutsideSurroundings } from './verify-outside.ts';

interface CertificateSurroundings extends OutsideSurroundings {
  /** What to do about a certificate that was not renewed in time. */
  readonly remedy: string;
}

/**
 * Checks whether the served certificates are renewed in time. Returns no finding for a stack that is published on
 * loopback only, and none for a name without a certificate, which `verifyOutside` reports.
 */
export async function verifyCertificates(
  stack: Pick<Stack, 'edge' | 'delegation'>,
  { remedy, ...surroundings }: CertificateSurroundings,
): Promise<OutsideFinding[]> {
  if (isPrivateToHost(stack.edge)) return [];
  const now = surroundings.clock.now();
  return (await readServedCertificates(stack, surroundings)).map((certificate): OutsideFinding => {
    const [judgement] = judgeTerm(certificate, now, remedy);
    const found = {
      expectation: 'a certificate that is renewed in time',
      url: publicUrl(certificate.name, stack.edge.httpsPort, '/'),
    };
    return judgement === undefined
      ? { ...found, verdict: 'passed' }
      : { ...found, verdict: 'failed', saw: judgement.finding, remedy: judgement.remedy };
  });
}
