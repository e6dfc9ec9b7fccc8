import { firstOf } from '../first-of.ts';
import type { Network } from '../network.ts';
import {
  type DnsAnswer,
  type DnsQuestion,
  type Hearing,
  ownValues,
  type SeenRecords,
  valuesOf,
} from './answers.ts';

/** Which name servers to ask, and how. */
export interface DnsAsking {
  readonly network: Pick<Network, 'query' | 'resolvers'>;
  /** Addresses of public resolvers. */
  readonly publicResolvers: readonly string[];
  /** First label of names that do not exist, by which wildcards are found. */
  readonly token: string;
  /** Whether this host has no IPv4, so that it asks name servers by IPv6. */
  readonly isIpv6Only: boolean;
}

/** Maximum number of name servers of a zone that are asked: more of them tell nothing new. */
const enoughServers = 6;

/** Asks the zones' own name servers, the resolvers of this host and public ones, all side by side. */
export async function observe(questions: readonly DnsQuestion[], asking: DnsAsking): Promise<SeenRecords[]> {
  const { network, publicResolvers } = asking;
  const resolvers: Omit<Hearing, 'told'>[] = [
    ...network.resolvers().map((address) => ({ address, role: 'host' as const })),
    ...publicResolvers
      .filter((address) => !network.resolvers().includes(address))
      .map((address) => ({ address, role: 'public' as const })),
  ];
  const ask = (server: string, question: DnsQuestion) => network.query(server, question);
  const resolve = (question: DnsQuestion) =>
    firstAnswer(resolvers.map(({ address }) => ask(address, question)));
  const zones = new Map<string, Promise<string | undefined>>();
  const servers = new Map<string, Promise<Omit<Hearing, 'told'>[]>>();
  const find = async ({ name }: DnsQuestion) => {
    const zone = await remembered(zones, name, () => findZone(name, resolve));
    return {
      zone,
      own:
        zone === undefined ? [] : await remembered(servers, zone, () => findServers(zone, resolve, asking)),
    };
  };
  return Promise.all(
    questions.map(async (question): Promise<SeenRecords> => {
      const hear = (server: Omit<Hearing, 'told'>) =>
        ask(server.address, question).then((told) => ({ ...server, told }));
      const resolved = resolvers.map(hear);
      const { zone, own } = await find(question);
      const sibling = siblingOf(question, zone, asking.token);
      const [hearings, wildcard] = await Promise.all([
        Promise.all([...own.map(hear), ...resolved]),
        sibling === undefined
          ? undefined
          : firstAnswer(
              [...own, ...(own.length > 0 ? [] : resolvers)].map(({ address }) => ask(address, sibling)),
            ),
      ]);
      return {
        question,
        zone,
        hearings,
        wildcard: wildcard === undefined || sibling === undefined ? [] : ownValues(sibling, wildcard),
      };
    }),
  );
}

/** Those of the names that are aliases (CNAME), which targets of SRV records must not be (RFC 2782). */
export async function findAliases(
  names: readonly string[],
  { network, publicResolvers }: DnsAsking,
): Promise<string[]> {
  const isAlias = async (name: string) => {
    const question: DnsQuestion = { name, type: 'CNAME' };
    const answer = await firstAnswer(
      [...network.resolvers(), ...publicResolvers].map((server) => network.query(server, question)),
    );
    return answer !== undefined && ownValues(question, answer).length > 0;
  };
  const found = await Promise.all(names.map(async (name) => ((await isAlias(name)) ? [name] : [])));
  return found.flat();
}

type Resolve = (question: DnsQuestion) => Promise<DnsAnswer | undefined>;

/**
 * The zone that a name is in. If the answer for the name does not tell, asks for the name above it: the answer for an
 * alias is from another zone, and some resolvers name a zone only if they are asked for the name of the zone itself.
 */
async function findZone(name: string, resolve: Resolve): Promise<string | undefined> {
  const answer = await resolve({ name, type: 'SOA' });
  const isFound = answer === undefined || (answer.zone !== undefined && isWithin(name, answer.zone));
  return isFound || name === '.' ? answer?.zone : findZone(parentOf(name), resolve);
}

async function findServers(
  zone: string,
  resolve: Resolve,
  { isIpv6Only }: DnsAsking,
): Promise<Omit<Hearing, 'told'>[]> {
  const question: DnsQuestion = { name: zone, type: 'NS' };
  const answer = await resolve(question);
  const names = answer === undefined ? [] : valuesOf(question, answer).map((name) => name.slice(0, -1));
  const found = await Promise.all(
    names.slice(0, enoughServers).map(async (name) => {
      const where: DnsQuestion = { name, type: isIpv6Only ? 'AAAA' : 'A' };
      const [address] = valuesOf(where, (await resolve(where)) ?? nothing);
      return address === undefined ? [] : [{ address, role: 'zone' as const, name }];
    }),
  );
  return found.flat();
}

const nothing: DnsAnswer = { records: [], authoritative: false, zone: undefined, secondsLeft: undefined };

/**
 * The same question for a name beside this one that does not exist. Only for addresses, and not for the name of the
 * zone itself, to which no wildcard applies.
 */
function siblingOf(
  { name, type }: DnsQuestion,
  zone: string | undefined,
  token: string,
): DnsQuestion | undefined {
  const above = parentOf(name);
  return (type !== 'A' && type !== 'AAAA') || zone === undefined || name === zone || above === '.'
    ? undefined
    : { name: `${token}.${above}`, type };
}

/** The first answer that is no failure; `undefined` if all failed. */
function firstAnswer(asked: readonly Promise<Hearing['told']>[]): Promise<DnsAnswer | undefined> {
  return firstOf(asked, (told) => ('failure' in told ? undefined : told));
}

function parentOf(name: string): string {
  return name.split('.').slice(1).join('.') || '.';
}

function isWithin(name: string, zone: string): boolean {
  return zone === '.' || name === zone || name.endsWith(`.${zone}`);
}

function remembered<Value>(known: Map<string, Value>, key: string, make: () => Value): Value {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
