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
export const delegationKinds = ['well-known', 'elsewhere', 'none'] as const;

export type DelegationKind = (typeof delegationKinds)[number];

/** The way that follows from the names where none is chosen. */
export function chosenDelegation({ server_name, host, delegation }: Names): DelegationKind {
  return delegation ?? (server_name === host ? 'none' : 'well-known');
}

/** Can a deployment with these names take this way? Only `none` has one name for both. */
export function isFitting(kind: DelegationKind, { server_name, host }: Names): boolean {
  return (kind === 'none') === (server_name === host);
}

/** Who answers for which name, and where clients and other homeservers go. A new way is a new branch of this. */
export function describeDelegation(names: Names, { httpsPort }: Pick<Edge, 'httpsPort'>): Delegation {
  const port = httpsPort === 443 ? '' : `:${httpsPort}`;
  const ours = {
    clientUrl: `https://${names.host}${port}`,
    // Synapse's own document names this port, whatever the port is that we publish.
    federationAddress: `${names.server_name}:443`,
    isElsewhere: false,
  };
  switch (chosenDelegation(names)) {
    case 'none':
      return { ...ours, names: [names.host] };
    case 'well-known':
      return { ...ours, names: [names.host, names.server_name] };
    case 'elsewhere':
      return {
        ...ours,
        federationAddress: `${names.host}:${httpsPort}`,
        isElsewhere: true,
        names: [names.host],
      };
  }
}
