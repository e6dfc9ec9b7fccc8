import { federationPort } from '../federation/route.ts';
import { httpsOrigin } from '../identifiers/origin.ts';
import type { Delegation } from './component.ts';
import type { Edge } from './edge.ts';

/** The options of matrix.yaml about names. */
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

/** Whether the server name is also the hostname that clients connect to. */
export function isOneName({ server_name, host }: Pick<Names, 'server_name' | 'host'>): boolean {
  return server_name === host;
}

/** The chosen kind of delegation, or the default for these names. */
export function chosenDelegation(names: Names): DelegationKind {
  return names.delegation ?? (isOneName(names) ? 'none' : 'well-known');
}

/**
 * Whether these names fit this kind of delegation: `none` needs a single name, `port-8448` takes one or two, and all
 * others need two.
 */
export function isFitting(kind: DelegationKind, names: Names): boolean {
  return kind === 'port-8448' || (kind === 'none') === isOneName(names);
}

/** Adds hostnames of components: our proxy answers for them too, and their DNS records must point to this host. */
export function withHosts(delegation: Delegation, hosts: readonly string[]): Delegation {
  return {
    ...delegation,
    names: [...delegation.names, ...hosts],
    leading: [...delegation.leading, ...hosts],
  };
}

/**
 * Which names our proxy answers for, and where clients and other homeservers connect to. A new kind of delegation is
 * a new branch.
 */
export function describeDelegation(
  names: Names,
  { httpsPort, certifiesElsewhere }: Pick<Edge, 'httpsPort' | 'certifiesElsewhere'>,
): Delegation {
  const both = [...new Set([names.host, names.server_name])];
  const ours = {
    names: both,
    leading: both,
    clientUrl: httpsOrigin(names.host, httpsPort),
    // Synapse's own document always names port 443, whatever port is published.
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
