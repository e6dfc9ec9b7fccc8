import type { Edge } from '../components/edge.ts';
import { servedAmong } from '../host/address-ranges.ts';
import { describeRecords } from '../host/dns/judge-names.ts';
import { httpsOrigin } from '../identifiers/origin.ts';
import type { Outcome, OutsideSurroundings } from './verify-outside.ts';

/** The addresses of a name in the DNS. */
export interface LocatedName {
  readonly name: string;
  readonly addresses?: readonly string[];
  /** Why no address was found; absent when one was. */
  readonly trouble?: Outcome;
}

async function locate(
  name: string,
  served: readonly string[],
  { network }: Pick<OutsideSurroundings, 'network'>,
): Promise<LocatedName> {
  const answers = await Promise.all(
    (['A', 'AAAA'] as const).map((family) => network.addresses(name, family)),
  );
  const addresses = answers.flatMap((answer) => ('records' in answer ? answer.records : []));
  const silent = answers.find((answer) => 'failure' in answer);
  if (addresses.length > 0) {
    return { name, addresses };
  }
  if (silent !== undefined) {
    const saw = `no name server answers for ${name} (${silent.failure})`;
    return {
      name,
      trouble: { verdict: 'unverified', saw, remedy: 'see whether this host can resolve names' },
    };
  }
  const remedy = describeRecords(name, served);
  return { name, trouble: { verdict: 'failed', saw: 'it has no A or AAAA record', remedy } };
}

/** Looks up the addresses of names in the DNS. The keys of the result are the names. */
export async function locateNames(
  names: readonly string[],
  edge: Edge,
  surroundings: Pick<OutsideSurroundings, 'network' | 'ownAddresses'>,
): Promise<ReadonlyMap<string, LocatedName>> {
  const served = servedAmong(surroundings.ownAddresses, edge.address);
  const places = [...new Set(names)].map((name) => locate(name, served, surroundings));
  return new Map((await Promise.all(places)).map((place) => [place.name, place]));
}

/** The public URL of a path of the server. */
export function publicUrl(host: string, port: number, path: string): string {
  return httpsOrigin(host, port) + path;
}

/** Whether the stack is published on loopback only, so that external checks do not apply. */
export function isPrivateToHost({ address }: Edge): boolean {
  return address === '::1' || address?.startsWith('127.') === true;
}
