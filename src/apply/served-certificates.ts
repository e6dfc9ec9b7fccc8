import { type ServedCertificate, servedCertificate } from '../host/https.ts';
import type { Stack } from '../stack/stack.ts';
import { locateNames } from './locate-names.ts';
import { isBuiltInCertificate, ownPlace } from './probe.ts';
import type { OutsideSurroundings } from './verify-outside.ts';

/** A certificate as it is served for a name. */
export interface CertificateSeen extends ServedCertificate {
  readonly name: string;
}

/**
 * Reads the certificate that is served for each name of the server: by our own proxy on this host, or by another
 * proxy in front of it, at the name's address in the DNS. Omits names without a certificate: the probes report those.
 */
export async function readServedCertificates(
  { edge, delegation }: Pick<Stack, 'edge' | 'delegation'>,
  surroundings: Pick<OutsideSurroundings, 'roots' | 'network' | 'ownAddresses' | 'signal'>,
): Promise<CertificateSeen[]> {
  const { roots, signal } = surroundings;
  const places =
    edge.behind === undefined ? undefined : await locateNames(delegation.names, edge, surroundings);
  const seen = await Promise.all(
    delegation.names.map(async (name): Promise<CertificateSeen[]> => {
      const [address] = places === undefined ? [ownPlace(edge).address] : (places.get(name)?.addresses ?? []);
      if (address === undefined) return [];
      const server = { address, port: edge.httpsPort, name, roots, signal };
      const found = await servedCertificate(server).catch(() => undefined);
      return found === undefined || isBuiltInCertificate(found.subject, edge) ? [] : [{ name, ...found }];
    }),
  );
  return seen.flat();
}
