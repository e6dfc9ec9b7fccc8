import type { DelegationKind } from '../components/delegation.ts';

/**
 * Where a name leads: `nowhere` without an address, `here` with one of this machine. It is `unclear` where a router or
 * a provider's proxy may pass connections on to this machine.
 */
export type Destination = 'nowhere' | 'here' | 'unclear' | 'elsewhere';

/** Where a document or a record leads other homeservers. */
export interface Lead {
  readonly host: string;
  readonly destination: Destination;
}

/** What was found at a server name before the set-up. */
export interface NameSight {
  readonly name: string;
  /** Of its A and AAAA records. */
  readonly addresses: readonly string[];
  readonly destination: Destination;
  /** Whether something answers there by https. */
  readonly answers: boolean;
  /** Where its well-known document leads other homeservers; absent when there is none. */
  readonly document?: Lead | undefined;
  /** Where its SRV records lead them; absent when there are none. */
  readonly records?: Lead | undefined;
  /** Whether a homeserver answers on port 8448, which others use without a document and SRV records. */
  readonly hasHomeserver: boolean;
  /** The error code of a failed DNS lookup; `undefined` when the DNS has answered. */
  readonly failure: string | undefined;
}

/** Whether the server name leads to another machine, where we cannot prove to a CA that the name is ours. */
export function leadsAway({ destination }: NameSight): boolean {
  return destination === 'elsewhere';
}

/**
 * The delegation that fits what was found. What already leads other homeservers comes first, in the order in which
 * they look it up (server-server API, "Resolving server names"): a document, SRV records, port 8448.
 *
 * @param closed delegations that are impossible here
 */
export function proposedDelegation(sight: NameSight, closed: readonly DelegationKind[] = []): DelegationKind {
  const { answers, destination, document, records, hasHomeserver } = sight;
  const isLed = document === undefined && records !== undefined;
  const ways: DelegationKind[] =
    destination === 'here'
      ? [
          ...(isLed ? (['srv'] as const) : []),
          ...(document === undefined && hasHomeserver ? (['port-8448'] as const) : []),
        ]
      : [
          ...(isLed && records.destination !== 'elsewhere' ? (['srv'] as const) : []),
          ...(answers ? (['elsewhere'] as const) : []),
        ];
  return ways.find((way) => !closed.includes(way)) ?? 'well-known';
}

/**
 * The hostname to which a document or SRV records already lead other homeservers; `undefined` when it is the server
 * name, or leads to another machine.
 */
export function knownHost({ name, document, records }: NameSight): string | undefined {
  const lead = document ?? records;
  return lead !== undefined && lead.destination !== 'elsewhere' && lead.host !== name ? lead.host : undefined;
}

/** Describes what was found and what follows from it, for the operator. */
export function describeSight(sight: NameSight): string {
  const { name, addresses, destination, answers, failure } = sight;
  const led = describeLead(sight);
  const [first] = addresses;
  if (first === undefined) {
    return failure === undefined
      ? `${name} has no address yet${led ?? ': let its DNS record lead to this machine, and we answer there'}.`
      : `Where ${name} leads cannot be told from here (${failure}).`;
  }
  if (destination === 'here') {
    return `${name} leads to this machine already${led ?? ', so that we can answer there'}.`;
  }
  const seen = `${name} leads to ${first}, where ${answers ? 'a web site answers' : 'nothing answers by https'}`;
  return `${seen}${led ?? whatFollows(sight)}.`;
}

/** What follows where other servers are led nowhere yet, as the rest of a sentence. */
function whatFollows({ destination, answers }: NameSight): string {
  if (answers) return ': it can stay, and serve two small documents for us';
  return destination === 'unclear'
    ? '. If a router or proxy there leads to this machine, we answer there'
    : ': let its DNS record lead to this machine, and we answer there';
}

/** Describes where other servers are led, as the rest of a sentence; `undefined` when they are led nowhere. */
function describeLead({ document, records, hasHomeserver }: NameSight): string | undefined {
  if (document !== undefined) return `. Its document leads other servers to ${describeDestination(document)}`;
  if (records !== undefined) return `. Its SRV records lead other servers to ${describeDestination(records)}`;
  return hasHomeserver
    ? '. A homeserver answers there on port 8448, where other servers look. Its accounts and rooms are not transferred to a new one'
    : undefined;
}

function describeDestination({ host, destination }: Lead): string {
  return `${host}, which ${meanings[destination]}`;
}

const meanings: Readonly<Record<Destination, string>> = {
  nowhere: 'has no address yet: let its DNS record lead to this machine',
  here: 'is this machine: that can stay',
  unclear: 'can stay if a router or proxy there leads to this machine',
  elsewhere: 'is not this machine: that must change',
};
