/** The first Docker Engine that gives a network IPv6 addresses, and rules for them, by itself (release notes of 27.0). */
export const firstEngineWithIpv6 = 27;

export type AddressFamily = 'ipv4' | 'ipv6';

/** Where the stack is reached from outside, and how. */
export interface Edge {
  /** Address that the published ports are bound to, such as `127.0.0.1`; absent for all of IPv4 and of IPv6. */
  readonly address?: string | undefined;
  readonly httpsPort: number;
  /** Absent where nothing is served without TLS. */
  readonly httpPort?: number | undefined;
  /** Our own proxy, which requests pass first, by its service; absent where we run none. */
  readonly service?: string | undefined;
  /** How long a request waits for a service that does not answer, as while that is replaced, in seconds; not at all when absent. */
  readonly holdsSeconds?: number;
  /** Does the network that the ports are published from have IPv6? Only from `firstEngineWithIpv6` on. */
  readonly hasIpv6Network?: boolean;
  /** The proxy of this host that the world reaches in the place of ours; absent where ours is that one. */
  readonly behind?: OtherProxy;
  /** Are its certificates from a staging CA, which nobody trusts? */
  readonly isStaging?: boolean;
  /** Common name of the certificate that the proxy serves under a name for which it has none, where it has such a one. */
  readonly builtInCertificate?: string;
  /** Are names certified that lead elsewhere, too? Otherwise the CA connects to each of them. */
  readonly certifiesElsewhere?: boolean;
  /** File below the deployment directory with the CA certificates of the private CA that issues this server's certificates. */
  readonly roots?: string | undefined;
}

/** A proxy that is there already, with the ports and the certificates, and how requests come from it. */
export type OtherProxy =
  /** To our own proxy, on this address, without TLS. */
  | { readonly kind: 'host-proxy'; readonly address: string; readonly port: number }
  /** To the services themselves, from a Traefik in a container. We run no proxy then. */
  | {
      readonly kind: 'traefik';
      /** Full name of the Docker network on which it finds the services. Somebody else makes it. */
      readonly network: string;
    };
