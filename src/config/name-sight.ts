import type { DelegationKind } from '../components/delegation.ts';

/** Where a document or a record leads other homeservers. */
export interface Lead {
  readonly host: string;
  /** Does one of its addresses belong to this machine? */
  readonly leadsHere: boolean;
}

/** What was found on a server name before anything is set up. */
export interface NameSight {
  readonly name: string;
  /** Of its A and AAAA records. */
  readonly addresses: readonly string[];
  /** Does one of them belong to this machine? */
  readonly leadsHere: boolean;
  /** Does something answer there by https? */
  readonly answers: boolean;
  /** Where its well-known document leads other homeservers; absent where it has none. */
  readonly document?: Lead | undefined;
  /** Where its SRV records lead them; absent where it has none. */
  readonly records?: Lead | undefined;
  /** Does a homeserver answer on port 8448, where others look when nothing leads them elsewhere? */
  readonly hasHomeserver: boolean;
  /** The error code that came in place of an answer of the DNS. */
  readonly failure: string | undefined;
}

/** Does what is on the server name lead elsewhere, so that nobody can be let prove there that it is ours? */
export function leadsAway({ addresses, leadsHere }: NameSight): boolean {
  return addresses.length > 0 && !leadsHere;
}

/**
 * The way from the server name to the homeserver that goes with what was found. What leads others already comes first, in the
 * order in which they look (server-server API, "Resolving server names"): a document, SRV records, port 8448.
 *
 * @param closed ways that cannot be taken here
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

/** The name of the homeserver to which others are led already; `undefined` where none leads to this machine. */
export function knownHost({ name, document, records }: NameSight): string | undefined {
  const lead = document ?? records;
  return lead?.leadsHere && lead.host !== name ? lead.host : undefined;
}

/** What was found, and what follows from it. */
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

/** The rest of a sentence. */
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
