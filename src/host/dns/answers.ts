import type { Failure } from '../network.ts';

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

/** The answer of a name server. It has no records if the name does not exist, or has no such record. */
export interface DnsAnswer {
  readonly records: readonly DnsRecord[];
  /** Whether the server is authoritative for the zone, and does not answer from a cache (RFC 1035, section 4.1.1). */
  readonly authoritative: boolean;
  /** The zone that the answer is from; `undefined` if it does not say. */
  readonly zone: string | undefined;
  /** Seconds for which the answer may still be cached (RFC 2308 if it has no records), if it says so. */
  readonly secondsLeft: number | undefined;
}

interface Server {
  /** With a port where it is not 53. */
  readonly address: string;
  /** A name server of the zone, a resolver of this host, or a public resolver. */
  readonly role: 'zone' | 'host' | 'public';
  /** The server's name; only for a name server of the zone. */
  readonly name?: string;
}

/** What one name server answered. */
export interface Hearing extends Server {
  readonly told: DnsAnswer | Failure;
}

/** What all name servers answered to one question. */
export interface SeenRecords {
  readonly question: DnsQuestion;
  /** The zone that the name is in; `undefined` if no answer tells. */
  readonly zone: string | undefined;
  readonly hearings: readonly Hearing[];
  /** Values of a wildcard: those of a random name beside this one, which nobody can have created. */
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

/** The answers of the zone's own name servers. Those that are not authoritative count only if none is. */
export function zoneAnswers(seen: SeenRecords): Answered[] {
  const answers = answersOf(seen, 'zone');
  const authoritative = answers.filter(({ told }) => told.authoritative);
  return authoritative.length > 0 ? authoritative : answers;
}

/** The values at the name itself, sorted. For an alias, `CNAME` and the target, without the target's values. */
export function ownValues({ name, type }: DnsQuestion, { records }: DnsAnswer): string[] {
  return records
    .filter((record) => record.name === name && (record.type === type || record.type === 'CNAME'))
    .map((record) => (record.type === 'CNAME' && type !== 'CNAME' ? `CNAME ${record.value}` : record.value))
    .sort();
}

/** The values that answer a question, whether at the name itself or at the target of an alias. */
export function valuesOf({ type }: DnsQuestion, { records }: DnsAnswer): string[] {
  return records.filter((record) => record.type === type).map(({ value }) => value);
}

/**
 * The values that everybody gets: from the zone's own name servers or, if none of them answers, from the resolvers.
 * The zone's servers may not know the values of an alias's target. Then resolvers that return the same alias count.
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

/** The error code if no name server answered; `undefined` if one did. */
export function unansweredBecause({ hearings }: SeenRecords): string | undefined {
  const failures = hearings.map(({ told }) => ('failure' in told ? told.failure : undefined));
  return failures.includes(undefined) ? undefined : failures[0];
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
