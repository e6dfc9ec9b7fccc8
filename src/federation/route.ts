import type { ServerName } from '../identifiers/server-name.ts';

/** What decides the host and port: the steps of the specification. */
type Step = 'address' | 'port' | 'srv' | 'srv-legacy' | 'default';

export interface RouteTarget {
  readonly host: string;
  readonly port: number;
}

/** The route that other homeservers take to a server. */
export interface FederationRoute {
  readonly isDelegated: boolean;
  readonly step: Step;
  /** The name in SNI, for which the certificate must be valid. */
  readonly name: string;
  /** What is sent as the Host header. */
  readonly hostHeader: string;
  /** In the order in which they are tried. */
  readonly targets: readonly RouteTarget[];
  /** The name of the SRV records, if they decided. */
  readonly srvName: string | undefined;
  /** Whether the SRV records say that there is no such service. */
  readonly isClosed: boolean;
  /** The error code of an SRV question that nobody answered. */
  readonly failure: string | undefined;
  /** How many targets there are beyond those that are asked. */
  readonly left: number;
}

interface SrvRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

type SrvAnswer = { readonly records: readonly SrvRecord[] } | { readonly failure: string };

/** The SRV records of a name, by service. */
export interface SrvAnswers {
  readonly fed: SrvAnswer;
  readonly legacy: SrvAnswer;
}

/**
 * The services in SRV records (server-server API, "Resolving server names"): that of Matrix 1.8, and the deprecated
 * one.
 */
export const srvNames = { fed: '_matrix-fed._tcp', legacy: '_matrix._tcp' } as const;

/** Where other homeservers connect if nothing names another port (server-server API, "Resolving server names"). */
export const federationPort = 8448;

/** More targets than a server has. The limit keeps a server from making this host send requests to many others. */
const mostTargets = 8;

/** Whether a server name itself says where to connect: it is an address, or has a port. */
export function isDirect({ isAddress, port }: ServerName): boolean {
  return isAddress || port !== undefined;
}

/**
 * The way to a server (server-server API, "Resolving server names").
 *
 * @param server the server name, or what its well-known document names in place of it
 * @param srv absent for a name that itself says where to connect
 */
export function chooseRoute(
  server: ServerName,
  isDelegated: boolean,
  srv: SrvAnswers | undefined,
): FederationRoute {
  const { host, port, text, isAddress } = server;
  const route = {
    isDelegated,
    name: host,
    hostHeader: text,
    srvName: undefined,
    isClosed: false,
    failure: undefined,
    left: 0,
  };
  if (srv === undefined || isDirect(server)) {
    return {
      ...route,
      step: isAddress ? 'address' : 'port',
      targets: [{ host, port: port ?? federationPort }],
    };
  }
  for (const [kind, step] of [
    ['fed', 'srv'],
    ['legacy', 'srv-legacy'],
  ] as const) {
    const answer = srv[kind];
    if ('records' in answer && answer.records.length > 0) {
      const all = inOrder(answer.records);
      const targets = all.filter(({ host: target }) => target !== '');
      return {
        ...route,
        step,
        targets: targets.slice(0, mostTargets),
        srvName: `${srvNames[kind]}.${host}`,
        isClosed: targets.length === 0,
        left: Math.max(0, targets.length - mostTargets),
      };
    }
  }
  const failure = [srv.fed, srv.legacy].find((answer) => 'failure' in answer);
  return {
    ...route,
    step: 'default',
    targets: [{ host, port: federationPort }],
    failure: failure !== undefined && 'failure' in failure ? failure.failure : undefined,
  };
}

/** By priority, then by weight, the highest first. (RFC 2782 chooses at random by weight: any target may be used.) */
function inOrder(records: readonly SrvRecord[]): RouteTarget[] {
  return [...records]
    .sort((a, b) => a.priority - b.priority || b.weight - a.weight)
    .map(({ name, port }) => ({ host: name.replace(/\.$/, '').toLowerCase(), port }));
}
