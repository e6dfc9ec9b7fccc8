import type { Context } from '../../context.ts';
import type { Located, NameLocation, Reachability, Sighting } from '../../federation/observed.ts';
import { reachOf } from '../../host/address-ranges.ts';
import { deadline } from '../../host/bounds.ts';
import type { Network } from '../../host/network.ts';
import { type Look, look, sightMilliseconds } from '../../host/sight.ts';
import { bracketed } from '../../identifiers/host-name.ts';
import type { ServerName } from '../../identifiers/server-name.ts';

/** With what a server is asked, and how far that may go. */
export interface Asking {
  readonly network: Pick<Network, 'addresses' | 'srv' | 'cname'>;
  look(options: Look): Promise<Sighting>;
  /** PEM of CA certificates to trust beside the public ones. */
  readonly roots: string | undefined;
  /** Ends all waits. */
  readonly signal: AbortSignal;
  /** Is it this deployment's own server? It may lead anywhere. */
  readonly isOwn: boolean;
}

/** With what one look at a server is taken: it ends by itself. */
export async function openAsking(
  trust: Pick<Asking, 'roots' | 'isOwn'>,
  { surroundings, interrupt, patience }: Pick<Context, 'surroundings' | 'interrupt' | 'patience'>,
): Promise<Asking> {
  const { network } = await surroundings();
  // What follows from an answer is asked after it. All together must not take much longer than the slowest of it.
  const signal = deadline((1.4 * sightMilliseconds) / 1000, { interrupt, patience });
  return { ...trust, network, look, signal };
}

/** Whom a request is for. */
export interface Party {
  readonly host: string;
  readonly port: number;
  readonly isAddress: boolean;
  /** For TLS and the certificate, where it is another than the host. */
  readonly name?: string;
  readonly hostHeader: string;
}

/** More addresses than a server has: what it says must not make us ask the world. */
const mostAddresses = 8;
/** What an answer may be long, in bytes: as much as Synapse reads of a well-known document. */
const answerBytes = 50 * 1024;

/** A server's web host: its name without a port, at 443. */
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
 * Where a name leads.
 *
 * @param from from where its address may be reached; a server in the Internet must not send us into our own network
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

/** From where the server name's own address may be reached: it was asked for, but a name for this host is nobody's. */
export function reachOfName(isAddress: boolean, isOwn: boolean): readonly Reachability[] {
  return isAddress || isOwn ? ['public', 'private', 'host'] : ['public', 'private'];
}

/** From where all else may be reached that a server leads to: never further in than the server itself. */
export function reachBeyond({ addresses }: NameLocation, isOwn: boolean): readonly Reachability[] {
  if (isOwn) return ['public', 'private', 'host'];
  const isInner = addresses.length > 0 && addresses.every(({ reach }) => reach !== 'public');
  return isInner ? ['public', 'private'] : ['public'];
}
