import type { DelegationKind } from '../components/delegation.ts';

/** What was found on a server name before anything is set up. */
export interface NameSight {
  readonly name: string;
  /** Of its A and AAAA records. */
  readonly addresses: readonly string[];
  /** Does one of them belong to this machine? */
  readonly leadsHere: boolean;
  /** Does something answer there by https? */
  readonly answers: boolean;
  /** Do SRV records lead other homeservers somewhere? */
  readonly hasServiceRecords: boolean;
  /** The error code that came in place of an answer of the DNS. */
  readonly failure: string | undefined;
}

/** The way from the server name to the homeserver that goes with what was found. */
export function proposedDelegation({ answers, leadsHere, hasServiceRecords }: NameSight): DelegationKind {
  if (leadsHere) return hasServiceRecords ? 'srv' : 'well-known';
  return answers ? 'elsewhere' : 'well-known';
}

/** What was found, and what follows from it. */
export function describeSight({
  name,
  addresses,
  leadsHere,
  answers,
  hasServiceRecords,
  failure,
}: NameSight): string {
  if (addresses.length === 0) {
    return failure === undefined
      ? `${name} has no address yet: let it lead to this machine, and we do that.`
      : `Where ${name} leads cannot be told from here (${failure}).`;
  }
  if (leadsHere) {
    return hasServiceRecords
      ? `${name} leads to this machine already, and has SRV records that lead other servers to a homeserver: they can stay, and lead here.`
      : `${name} leads to this machine already, so that we can do that.`;
  }
  const [first] = addresses;
  return answers
    ? `${name} leads to ${first}, where a web site answers: it can stay, and serve two small documents for us.`
    : `${name} leads to ${first}, where nothing answers by https: let it lead to this machine, and we do that.`;
}
