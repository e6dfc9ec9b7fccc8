import { isPrivate } from '../address-ranges.ts';
import { failed, warning } from '../judgement.ts';
import {
  type Answered,
  answersOf,
  type Hearing,
  ownValues,
  type SeenRecords,
  zoneAnswers,
} from './answers.ts';
import type { DnsFinding } from './report.ts';

/**
 * Compares the answers of all name servers with those of the zone's own. Finds nothing if none of the zone's own
 * servers answers.
 */
export function judgeAgreement(seen: SeenRecords): DnsFinding[] {
  const zone = zoneAnswers(seen);
  const [first] = zone;
  if (first === undefined) {
    return [];
  }
  const truth = ownValues(seen.question, first.told);
  const resolvers = [...answersOf(seen, 'host'), ...answersOf(seen, 'public')];
  const different = ({ told }: Answered) => ownValues(seen.question, told).join() !== truth.join();
  const odd = zone.filter(different);
  return odd.length > 0
    ? [disagreement(seen, [first, ...odd])]
    : resolvers.filter(different).map((resolver) => judgeDifference(seen, resolver, truth));
}

function disagreement({ question }: SeenRecords, servers: readonly Answered[]): DnsFinding {
  const { name, type } = question;
  const each = servers.map((server) => `${labelOf(server)}: ${shown(ownValues(question, server.told))}`);
  return {
    code: 'servers-disagree',
    name,
    ...failed(
      `the zone's own name servers do not agree on ${name} ${type}: ${each.join('; ')}`,
      'After a change this takes minutes. If it stays, one of them does not get the zone: ask your DNS provider.',
    ),
  };
}

/**
 * A resolver that is authoritative for the name, or that alone returns private addresses, has its own records on
 * purpose. Any other one returns an older answer from its cache.
 */
function judgeDifference(
  { question }: SeenRecords,
  resolver: Answered,
  truth: readonly string[],
): DnsFinding {
  const { name, type } = question;
  const values = ownValues(question, resolver.told);
  const seen = `${labelOf(resolver)} gives ${shown(values)} for ${name} ${type}, and the zone's own name servers ${shown(truth)}`;
  if (resolver.told.authoritative || (values.some(isInner) && !truth.some(isInner))) {
    return {
      code: 'split-dns',
      name,
      ...warning(
        `${seen}: it has records of its own (split DNS)`,
        'They are seen through that resolver only. Delete them there unless you want it so.',
      ),
    };
  }
  const { secondsLeft } = resolver.told;
  const until = secondsLeft === undefined ? 'until its cache forgets' : `for at most ${secondsLeft} s more`;
  return {
    code: 'stale-cache',
    name,
    secondsLeft,
    ...failed(`${seen}: it still has an earlier answer, ${until}`, 'Nothing needs to be changed: wait.'),
  };
}

const isInner = (value: string) => /^[\d.]+$|:/.test(value) && isPrivate(value);

/** One finding for each name server that does not answer, or not for its zone; none for unreachable public ones. */
export function judgeServers(all: readonly SeenRecords[]): DnsFinding[] {
  const hearings = all.flatMap(({ zone = '', hearings }) =>
    hearings.map((hearing) => ({ zone, ...hearing })),
  );
  const servers = new Map(hearings.map((hearing) => [`${hearing.role} ${hearing.address}`, hearing]));
  return [...servers.values()].flatMap((server): DnsFinding[] => {
    const own = hearings.filter(({ role, address }) => role === server.role && address === server.address);
    const failures = own.flatMap(({ told }) => ('failure' in told ? [told.failure] : []));
    const label = labelOf(server);
    if (server.role !== 'public' && failures.length > 0) {
      return [
        {
          code: 'silent-server',
          name: server.name ?? server.address,
          ...warning(
            `${label} does not answer (${failures[0]})`,
            server.role === 'zone'
              ? 'Ask your DNS provider; or let this host send to port 53 of other hosts.'
              : 'Remove it from /etc/resolv.conf of this host if it does not come back.',
          ),
        },
      ];
    }
    const isLame = own.some(({ told }) => 'records' in told && !told.authoritative);
    return server.role === 'zone' && isLame
      ? [
          {
            code: 'lame-server',
            name: server.name ?? server.address,
            ...warning(
              `${label} should serve the zone ${server.zone}, but gives no authoritative answer for it`,
              'It is not set up for the zone, or something in between answers instead. Ask your DNS provider.',
            ),
          },
        ]
      : [];
  });
}

/** Describes a name server in messages. */
export function labelOf({
  name,
  address,
  role,
}: Pick<Hearing, 'address' | 'role'> & { readonly name?: string | undefined }): string {
  return name === undefined
    ? `${role === 'host' ? 'the resolver of this host' : 'the public resolver'} ${address}`
    : `${name} (${address})`;
}

function shown(values: readonly string[]): string {
  return values.length === 0 ? 'nothing' : values.join(', ');
}
