/**
 * The first major release of Docker Engine that by itself gives a network IPv6 addresses and firewall rules for them
 * (release notes of 27.0).
 */
export const firstEngineWithIpv6 = 27;

export type AddressFamily = 'ipv4' | 'ipv6';

/** Where the stack is reached from outside, and how. */
export interface Edge {
  /** Address that the published ports are bound to, such as `127.0.0.1`. Absent for all addresses, IPv4 and IPv6. */
  readonly address?: string | undefined;
  readonly httpsPort: number;
  /** Absent when nothing is served without TLS. */
  readonly httpPort?: number | undefined;
  /** The service of our own proxy, which requests pass first. Absent when we run none. */
  readonly service?: string | undefined;
  /**
   * How long the proxy holds a request while a service does not answer, as during its replacement, in seconds. Absent
   * when it does not hold requests.
   */
  readonly holdsSeconds?: number;
  /** Whether the network that ports are published from has IPv6. Possible only from `firstEngineWithIpv6` on. */
  readonly hasIpv6Network?: boolean;
  /** The proxy of this host that clients connect to instead of ours. Absent when they connect to ours. */
  readonly behind?: OtherProxy;
  /** Whether its certificates are from a staging CA, which clients do not trust. */
  readonly isStaging?: boolean;
  /**
   * Common name of the certificate that the proxy serves for a name if it has no other. Absent when there is none.
   */
  readonly builtInCertificate?: string;
  /** Whether names that point to other hosts can be certified, too. Otherwise the CA connects to each name. */
  readonly certifiesElsewhere?: boolean;
  /** File below the deployment directory with the CA certificates of the private CA that issues this server's certificates. */
  readonly roots?: string | undefined;
}

/** An existing proxy, which has the ports and the certificates, by how it passes requests on. */
export type OtherProxy =
  /** It passes requests to our own proxy, on this address, without TLS. */
  | { readonly kind: 'host-proxy'; readonly address: string; readonly port: number }
  /** A Traefik in a container, which passes requests directly to the services. We run no proxy of our own. */
  | {
      readonly kind: 'traefik';
      /**
       * Full name of the Docker network on which it finds the services. matrix-deploy does not create that network.
       */
      readonly network: string;
    };
