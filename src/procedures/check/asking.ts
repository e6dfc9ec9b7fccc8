import type { Context } from '../../context.ts';
import type { Located, NameLocation, Reachability, Sighting } from '../../federation/observed.ts';
import { reachOf } from '../../host/address-ranges.ts';
import { deadline } from '../../host/bounds.ts';
import type { Network } from '../../host/network.ts';
import { type Look, look, sightMilliseconds } from '../../host/sight.ts';
import { bracketed } from '../../identifiers/host-name.ts';
import type { ServerName } from '../../identifiers/server-name.ts';

/** How requests to a server are sent, and the limits for them. */
export interface Asking {
  readonly network: Pick<Network, 'addresses' | 'srv' | 'cname'>;
  look(options: Look): Promise<Sighting>;
  /** PEM of CA certificates to trust beside the public ones. */
  readonly roots: string | undefined;
  /** Ends all waits. */
  readonly signal: AbortSignal;
  /** Whether it is this deployment's own server, which may lead to any address. */
  readonly isOwn: boolean;
}

/** Opens what one check of a server needs. After a fixed time, its signal ends all waits. */
export async function openAsking(
  trust: Pick<Asking, 'roots' | 'isOwn'>,
  { surroundings, interrupt, patience }: Pick<Context, 'surroundings' | 'interrupt' | 'patience'>,
): Promise<Asking> {
  const { network } = await surroundings();
  // Some requests depend on an earlier answer. All together may take only a little longer than one request.
  const signal = deadline((1.4 * sightMilliseconds) / 1000, { interrupt, patience });
  return { ...trust, network, look, signal };
}

/** The server that a request is for. */
export interface Party {
  readonly host: string;
  readonly port: number;
  readonly isAddress: boolean;
  /** The name for TLS and the certificate; absent if it is the host. */
  readonly name?: string;
  readonly hostHeader: string;
}

/** How many addresses of a name are asked. No server has more, and its records must not make us ask many others. */
const mostAddresses = 8;
/** How many bytes of an answer are read: as many as Synapse reads of a well-known document. */
const answerBytes = 50 * 1024;

/** The web server of a server name: its host, without the port of the name, at port 443. */
export function webParty({ host, isAddress }: Pick<ServerName, 'host' | 'isAddress'>): Party {
  return { host, isAddress, port: 443, hostHeader: bracketed(host) };
}

/** Sends one request to one address. */
export async function lookAt(address: string, party: Party, path: string, asking: Asking): Promise<Sighting> {
  const { host, port, isAddress, name = host, hostHeader } = party;
  const { look, roots, signal } = asking;
  return look({ address, port, name, isAddress, hostHeader, path, roots, signal, bytes: answerBytes });
}

/**
 * Looks up where a name leads, and sorts out addresses that must not be asked.
 *
 * @param from which addresses may be asked: a server on the internet must not lead us into our own network
 */
export async function locate(
  { host, isAddress }: { host: string; isAddress: boolean },
  from: readonly Reachability[],
  { network }: Pick<Asking, 'network'>,
): Promise<NameLocation> {
  const place = { host, refused: [], left: 0, failure: undefined, isAlias: false };
  if (isAddress) {
    return placeOf(place, [{ address: host, reach: reachOf(host) }], from);
  }
  const answers = await Promise.all([network.addresses(host, 'A'), network.addresses(host, 'AAAA')]);
  const found = answers.flatMap((answer) => ('records' in answer ? answer.records : []));
  const failure = answers.flatMap((answer) => ('failure' in answer ? [answer.failure] : []))[0];
  const addresses = [...new Set(found)].map((address): Located => ({ address, reach: reachOf(address) }));
  return placeOf({ ...place, failure }, addresses, from);
}

function placeOf(
  place: Omit<NameLocation, 'addresses'>,
  found: readonly Located[],
  from: readonly Reachability[],
): NameLocation {
  const allowed = found.filter(({ reach }) => from.includes(reach));
  return {
    ...place,
    addresses: allowed.slice(0, mostAddresses),
    refused: found.filter((each) => !allowed.includes(each)).map(({ address }) => address),
    left: Math.max(0, allowed.length - mostAddresses),
  };
}

/**
 * Which addresses of the server name itself may be asked. The operator has named this server, so it may be in a
 * private network; but a name that leads to this host itself belongs to no server, except to this deployment's own.
 */
export function reachOfName(isAddress: boolean, isOwn: boolean): readonly Reachability[] {
  return isAddress || isOwn ? ['public', 'private', 'host'] : ['public', 'private'];
}

/** Which addresses may be asked that a server leads to: none further inside a network than the server itself. */
export function reachBeyond({ addresses }: NameLocation, isOwn: boolean): readonly Reachability[] {
  if (isOwn) return ['public', 'private', 'host'];
  const isInner = addresses.length > 0 && addresses.every(({ reach }) => reach !== 'public');
  return isInner ? ['public', 'private'] : ['public'];
}
