import type { Edge } from '../components/edge.ts';
import type { Challenge } from '../components/traefik/certificates.ts';
import type { NameFacts } from '../host/dns/judge-names.ts';
import type { Failure, Network } from '../host/network.ts';

/** Where an authority comes in to see who holds a name. */
interface Door {
  /** Absent for every one. */
  readonly address?: string | undefined;
  /** The port of this host. */
  readonly port: number;
  /** The port that the authority asks: a router may lead it to another. */
  readonly outside: number;
}

interface Situation {
  /** The addresses of this host. */
  readonly own: readonly string[];
  readonly network: Network;
  readonly door: Door;
  /** What nobody else can answer. */
  readonly token: string;
}

/** The addresses that a name's records give, as far as a name server answers. */
export async function lookUpName(name: string, network: Network): Promise<Omit<NameFacts, 'proven'>> {
  const answers = await Promise.all([network.addresses(name, 'A'), network.addresses(name, 'AAAA')]);
  return {
    name,
    addresses: answers.flatMap((answer) => ('records' in answer ? answer.records : [])),
    failure: answers.map(failureOf).find((failure) => failure !== undefined),
  };
}

/** Where the authority comes in, by the way in which control of a name is proved; where clients do, if it does not come. */
export function doorOf(challenge: Challenge, { address, httpPort, httpsPort }: Edge): Door {
  return challenge === 'http'
    ? { address, port: httpPort ?? 80, outside: 80 }
    : { address, port: httpsPort, outside: 443 };
}

/**
 * Behind a router or a proxy, addresses say nothing. So this host answers at the door that the authority will come to, as
 * nobody else can, and asks for itself by name. Nothing is done where every address is its own.
 */
export async function proveByAnswering(
  found: readonly Omit<NameFacts, 'proven'>[],
  { own, network, door, token }: Situation,
): Promise<NameFacts[]> {
  const strays = found.map(({ addresses }) => addresses.filter((address) => !own.includes(address)));
  const answering =
    strays.flat().length > 0 ? await network.answer(door.address, door.port, token) : undefined;
  if (answering === undefined) {
    return found.map((facts) => ({ ...facts, proven: [] }));
  }
  const prove = async (name: string, address: string) =>
    (await network.ask(name, address, door.outside)) === token ? [address] : [];
  try {
    return await Promise.all(
      found.map(async (facts, index) => {
        const proven = await Promise.all((strays[index] ?? []).map((address) => prove(facts.name, address)));
        return { ...facts, proven: proven.flat() };
      }),
    );
  } finally {
    answering.close();
  }
}

/** Why there is no answer; `undefined` for one. */
export function failureOf(answer: object | Failure): string | undefined {
  return 'failure' in answer ? answer.failure : undefined;
}
