import type { Edge } from '../components/edge.ts';
import type { Challenge } from '../components/traefik/certificates.ts';
import type { NameFacts } from '../host/dns/judge-names.ts';
import type { Failure, Network } from '../host/network.ts';

/** Where a CA connects to verify control of a name. */
interface Door {
  /** Absent for every one. */
  readonly address?: string | undefined;
  /** The port of this host. */
  readonly port: number;
  /** The port that the CA connects to: a router may forward it to another. */
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
export async function lookUpName(name: string, network: Network): Promise<Omit<NameFacts, 'confirmed'>> {
  const answers = await Promise.all([network.addresses(name, 'A'), network.addresses(name, 'AAAA')]);
  return {
    name,
    addresses: answers.flatMap((answer) => ('records' in answer ? answer.records : [])),
    failure: answers.map(failureOf).find((failure) => failure !== undefined),
  };
}

/** Where the CA connects, by the challenge in use; where clients connect, if the CA does not. */
export function doorOf(challenge: Challenge, { address, httpPort, httpsPort }: Edge): Door {
  return challenge === 'http'
    ? { address, port: httpPort ?? 80, outside: 80 }
    : { address, port: httpsPort, outside: 443 };
}

/**
 * Behind a router or a proxy, addresses say nothing. So this host answers at the port that the CA will connect to, as
 * nobody else can, and asks for itself by name. Nothing is done where every address is its own.
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

/** Why there is no answer; `undefined` for one. */
export function failureOf(answer: object | Failure): string | undefined {
  return 'failure' in answer ? answer.failure : undefined;
}
