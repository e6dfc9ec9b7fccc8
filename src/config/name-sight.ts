import type { DelegationKind } from '../components/delegation.ts';

/** Where a document or a record leads other homeservers. */
export interface Lead {
  readonly host: string;
  /** Whether one of its addresses belongs to this machine. */
  readonly leadsHere: boolean;
}

/** What was found at a server name before the set-up. */
export interface NameSight {
  readonly name: string;
  /** Of its A and AAAA records. */
  readonly addresses: readonly string[];
  /** Whether one of them belongs to this machine. */
  readonly leadsHere: boolean;
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
export function leadsAway({ addresses, leadsHere }: NameSight): boolean {
  return addresses.length > 0 && !leadsHere;
}

/**
 * The delegation that fits what was found. What already leads other homeservers comes first, in the order in which
 * they look it up (server-server API, "Resolving server names"): a document, SRV records, port 8448.
 *
 * @param closed delegations that are impossible here
 */
export function proposedDelegation(sight: NameSight, closed: readonly DelegationKind[] = []): DelegationKind {
  const { answers, leadsHere, document, records, hasHomeserver } = sight;
  const ways: DelegationKind[] = leadsHere
    ? [
        ...(document === undefined && records !== undefined ? (['srv'] as const) : []),
        ...(document === undefined && hasHomeserver ? (['port-8448'] as const) : []),
      ]
    : [
        ...(document === undefined && records?.leadsHere ? (['srv'] as const) : []),
        ...(answers ? (['elsewhere'] as const) : []),
      ];
  return ways.find((way) => !closed.includes(way)) ?? 'well-known';
}

/**
 * The hostname to which a document or SRV records already lead other homeservers; `undefined` when it is the server
 * name, or does not lead to this machine.
 */
export function knownHost({ name, document, records }: NameSight): string | undefined {
  const lead = document ?? records;
  return lead?.leadsHere && lead.host !== name ? lead.host : undefined;
}

/** Describes what was found and what follows from it, for the operator. */
export function describeSight(sight: NameSight): string {
  const { name, addresses, leadsHere, answers, failure } = sight;
  const led = describeLead(sight);
  const [first] = addresses;
  if (first === undefined) {
    return failure === undefined
      ? `${name} has no address yet${led ?? ': let it lead to this machine, and we do that'}.`
      : `Where ${name} leads cannot be told from here (${failure}).`;
  }
  if (leadsHere) return `${name} leads to this machine already${led ?? ', so that we can do that'}.`;
  const place = `${name} leads to ${first}, where ${answers ? 'a web site answers' : 'nothing answers by https'}`;
  const usual = answers
    ? ': it can stay, and serve two small documents for us'
    : ': let it lead to this machine, and we do that';
  return `${place}${led ?? usual}.`;
}

/** Describes where other servers are led, as the rest of a sentence; `undefined` when they are led nowhere. */
function describeLead({ document, records, hasHomeserver }: NameSight): string | undefined {
  if (document !== undefined) return `. Its document leads other servers to ${placeOf(document)}`;
  if (records !== undefined) return `. Its SRV records lead other servers to ${placeOf(records)}`;
  return hasHomeserver ? '. A homeserver answers there on port 8448, where other servers look' : undefined;
}

function placeOf({ host, leadsHere }: Lead): string {
  return leadsHere
    ? `${host}, which is this machine: that can stay`
    : `${host}, which is not this machine: that must change`;
}
