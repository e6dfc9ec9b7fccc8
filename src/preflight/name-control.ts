import type { Edge } from '../components/edge.ts';
import type { Challenge } from '../components/traefik/certificates.ts';
import type { NameFacts } from '../host/dns/judge-names.ts';
import type { Failure, Network } from '../host/network.ts';

/** Where a CA connects to verify control of a name. */
interface Door {
  /** The address of this host; absent for all of its addresses. */
  readonly address?: string | undefined;
  /** The port of this host. */
  readonly port: number;
  /** The port that the CA connects to: a router may forward it to `port`. */
  readonly outside: number;
}

interface Situation {
  /** The addresses of this host. */
  readonly own: readonly string[];
  readonly network: Network;
  readonly door: Door;
  /** A random text, by which this host recognizes its own answer. */
  readonly token: string;
}

/** Looks up the A and AAAA records of a name. `failure` is set if one of the queries got no answer. */
export async function lookUpName(name: string, network: Network): Promise<Omit<NameFacts, 'confirmed'>> {
  const answers = await Promise.all([network.addresses(name, 'A'), network.addresses(name, 'AAAA')]);
  return {
    name,
    addresses: answers.flatMap((answer) => ('records' in answer ? answer.records : [])),
    failure: answers.map(failureOf).find((failure) => failure !== undefined),
  };
}

/** Where the CA connects for this challenge; for a DNS challenge, where clients connect, since the CA does not. */
export function doorOf(challenge: Challenge, { address, httpPort, httpsPort }: Edge): Door {
  return challenge === 'http'
    ? { address, port: httpPort ?? 80, outside: 80 }
    : { address, port: httpsPort, outside: 443 };
}

/**
 * Confirms addresses that are not this host's own but may lead to it, through a router or a proxy. This host answers
 * with the token on the port that the CA will connect to, and sends a request to each address by name: an address is
 * confirmed if the token comes back. Nothing is sent if every address is its own, or if the port is not free.
 */
export async function confirmByAnswering(
  found: readonly Omit<NameFacts, 'confirmed'>[],
  { own, network, door, token }: Situation,
): Promise<NameFacts[]> {
  const strays = found.map(({ addresses }) => addresses.filter((address) => !own.includes(address)));
  const answering =
    strays.flat().length > 0 ? await network.answer(door.address, door.port, token) : undefined;
  if (answering === undefined) {
    return found.map((facts) => ({ ...facts, confirmed: [] }));
  }
  const confirm = async (name: string, address: string) =>
    (await network.ask(name, address, door.outside)) === token ? [address] : [];
  try {
    return await Promise.all(
      found.map(async (facts, index) => {
        const confirmed = await Promise.all(
          (strays[index] ?? []).map((address) => confirm(facts.name, address)),
        );
        return { ...facts, confirmed: confirmed.flat() };
      }),
    );
  } finally {
    answering.close();
  }
}

/** The error code of a failure; `undefined` for an answer. */
export function failureOf(answer: object | Failure): string | undefined {
  return 'failure' in answer ? answer.failure : undefined;
}
