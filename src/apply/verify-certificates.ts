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
 * Looks whether the certificates that are served are renewed in time. Says nothing of a stack without an outside, and of a name
 * for which none is served: `verifyOutside` does.
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
