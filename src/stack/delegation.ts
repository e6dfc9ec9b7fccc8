import type { Delegation, Edge } from '../components/component.ts';

/** What matrix.yaml says of names. */
interface Names {
  readonly server_name: string;
  readonly host: string;
  readonly delegation?: DelegationKind | undefined;
}

/**
 * The ways from a server name to its homeserver that a deployment can take (Matrix specification, server-server API,
 * "Resolving server names", and client-server API, "Well-known URI").
 */
export const delegationKinds = ['well-known', 'none'] as const;

export type DelegationKind = (typeof delegationKinds)[number];

/** The way that follows from the names where none is chosen. */
export function chosenDelegation({ server_name, host, delegation }: Names): DelegationKind {
  return delegation ?? (server_name === host ? 'none' : 'well-known');
}

/** Who answers for which name, and where clients and other homeservers go. A new way is a new branch of this. */
export function describeDelegation(names: Names, { httpsPort }: Edge): Delegation {
  const port = httpsPort === 443 ? '' : `:${httpsPort}`;
  const shared = { clientUrl: `https://${names.host}${port}` };
  switch (chosenDelegation(names)) {
    case 'none':
      return { ...shared, names: [names.host] };
    case 'well-known':
      return { ...shared, names: [names.host, names.server_name] };
  }
}
