/**
 * The paths that clients and other homeservers may request (element-hq/synapse, docs/reverse_proxy.md), and those of
 * the well-known documents.
 */
export const publicPaths: readonly string[] = ['/_matrix', '/_synapse/client', '/.well-known/matrix'];

/**
 * The homeserver's listener, on the network of the container, its database, and the name of the secret that permits
 * creating accounts.
 */
export const homeserver = {
  service: 'synapse',
  network: 'web',
  port: 8008,
  database: 'synapse',
  registrationSecret: 'registration_shared_secret',
} as const;
