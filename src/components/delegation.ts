import { federationPort } from '../federation/route.ts';
import { httpsOrigin } from '../identifiers/origin.ts';
import type { Delegation } from './component.ts';
import type { Edge } from './edge.ts';

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
export const delegationKinds = ['well-known', 'elsewhere', 'srv', 'port-8448', 'none'] as const;

export type DelegationKind = (typeof delegationKinds)[number];

/** Is the server name also the name under which clients reach the homeserver? */
export function isOneName({ server_name, host }: Pick<Names, 'server_name' | 'host'>): boolean {
  return server_name === host;
}

/** The way that follows from the names where none is chosen. */
export function chosenDelegation(names: Names): DelegationKind {
  return names.delegation ?? (isOneName(names) ? 'none' : 'well-known');
}

/** Can a deployment with these names take this way? `none` has one name for both, and what leads from one to another needs two. */
export function isFitting(kind: DelegationKind, names: Names): boolean {
  return kind === 'port-8448' || (kind === 'none') === isOneName(names);
}

/** The same with hostnames of components: our proxy answers for them too, and they lead here. */
export function withHosts(delegation: Delegation, hosts: readonly string[]): Delegation {
  return {
    ...delegation,
    names: [...delegation.names, ...hosts],
    leading: [...delegation.leading, ...hosts],
  };
}

/** Who answers for which name, and where clients and other homeservers go. A new way is a new branch of this. */
export function describeDelegation(
  names: Names,
  { httpsPort, certifiesElsewhere }: Pick<Edge, 'httpsPort' | 'certifiesElsewhere'>,
): Delegation {
  const both = [...new Set([names.host, names.server_name])];
  const ours = {
    names: both,
    leading: both,
    clientUrl: httpsOrigin(names.host, httpsPort),
    // Synapse's own document names this port, whatever the port is that we publish.
    federationAddress: `${names.server_name}:443`,
    ledBy: 'document',
    isElsewhere: false,
  } as const;
  switch (chosenDelegation(names)) {
    case 'none':
    case 'well-known':
      return ours;
    case 'port-8448':
      return {
        ...ours,
        federationAddress: `${names.server_name}:${federationPort}`,
        federationPort,
        ledBy: 'nothing',
      };
    case 'srv': {
      const isElsewhere = certifiesElsewhere === true;
      return {
        ...ours,
        leading: isElsewhere ? [names.host] : both,
        federationAddress: `${names.host}:${httpsPort}`,
        ledBy: 'records',
        isElsewhere,
      };
    }
    case 'elsewhere':
      return {
        ...ours,
        names: [names.host],
        leading: [names.host],
        federationAddress: `${names.host}:${httpsPort}`,
        isElsewhere: true,
      };
  }
}
