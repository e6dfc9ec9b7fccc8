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
 * Looks at the certificate of each name that the server answers for: of our own proxy on this host, or of the other one that
 * stands before it, by the name's records. A name for which there is none is left out: the probes tell of that.
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
