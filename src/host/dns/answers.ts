import type { Failure } from '../network.ts';

/** What is asked of a name server. */
export interface DnsQuestion {
  /** Without a dot at its end; `.` for the root. */
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'CNAME' | 'NS' | 'SOA' | 'SRV' | 'TXT';
}

interface DnsRecord {
  readonly name: string;
  readonly type: string;
  /** As a zone file writes it (RFC 1035, section 5): `192.0.2.7`, `10 5 443 matrix.example.org.` */
  readonly value: string;
}

/** What a name server answers. That a name does not exist, or has no such record, is an answer without records. */
export interface DnsAnswer {
  readonly records: readonly DnsRecord[];
  /** Does the server speak for the zone, and not from a cache (RFC 1035, section 4.1.1)? */
  readonly authoritative: boolean;
  /** The zone that the answer is from, where it says so. */
  readonly zone: string | undefined;
  /** How long the answer may still be kept, in seconds (RFC 2308 for one without records), where it says so. */
  readonly secondsLeft: number | undefined;
}

interface Server {
  /** With a port where it is not 53. */
  readonly address: string;
  /** One of the zone's own, one that this host asks, or one that others ask. */
  readonly role: 'zone' | 'host' | 'public';
  /** Its name, for one of the zone's own. */
  readonly name?: string;
}

/** What one name server said. */
export interface Hearing extends Server {
  readonly told: DnsAnswer | Failure;
}

/** What all of them said to one question. */
export interface SeenRecords {
  readonly question: DnsQuestion;
  /** The zone that the name is in; `undefined` where nobody could say. */
  readonly zone: string | undefined;
  readonly hearings: readonly Hearing[];
  /** Values that a name beside this one has which nobody can have made: those of a wildcard. */
  readonly wildcard: readonly string[];
}

/** An answer with the server that gave it. */
export interface Answered extends Server {
  readonly told: DnsAnswer;
}

export function answersOf({ hearings }: SeenRecords, role: Server['role']): Answered[] {
  return hearings.flatMap(({ told, ...server }) =>
    'failure' in told || server.role !== role ? [] : [{ ...server, told }],
  );
}

/** What the zone's own name servers say; of those that do not speak for the zone, only where no other does. */
export function zoneAnswers(seen: SeenRecords): Answered[] {
  const answers = answersOf(seen, 'zone');
  const authoritative = answers.filter(({ told }) => told.authoritative);
  return authoritative.length > 0 ? authoritative : answers;
}

/** The values at the name itself, sorted: the alias where it is one, and not what that leads to. */
export function ownValues({ name, type }: DnsQuestion, { records }: DnsAnswer): string[] {
  return records
    .filter((record) => record.name === name && (record.type === type || record.type === 'CNAME'))
    .map((record) => (record.type === 'CNAME' && type !== 'CNAME' ? `CNAME ${record.value}` : record.value))
    .sort();
}

/** The values that a question leads to, also by an alias. */
export function valuesOf({ type }: DnsQuestion, { records }: DnsAnswer): string[] {
  return records.filter((record) => record.type === type).map(({ value }) => value);
}

/**
 * What the world is told: by the zone's own name servers or, where none of them answers, by those that resolve. An alias
 * leads out of what the zone's own servers know: there, those count that know the same alias.
 */
export function publishedValues(seen: SeenRecords): string[] {
  const { question } = seen;
  const zone = zoneAnswers(seen);
  const resolvers = [...answersOf(seen, 'host'), ...answersOf(seen, 'public')];
  const found = zone.flatMap(({ told }) => valuesOf(question, told));
  if (zone.length > 0 && found.length === 0) {
    const own = new Set(zone.map(({ told }) => ownValues(question, told).join()));
    const alike = resolvers.filter(({ told }) => own.has(ownValues(question, told).join()));
    return distinct(alike.flatMap(({ told }) => valuesOf(question, told)));
  }
  return distinct(zone.length > 0 ? found : resolvers.flatMap(({ told }) => valuesOf(question, told)));
}

/** Why nobody answered; `undefined` where somebody did. */
export function unansweredBecause({ hearings }: SeenRecords): string | undefined {
  const failures = hearings.map(({ told }) => ('failure' in told ? told.failure : undefined));
  return failures.includes(undefined) ? undefined : failures[0];
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
