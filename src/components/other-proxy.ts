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
