/** What the world may ask it for (element-hq/synapse, docs/reverse_proxy.md, and the documents that lead to it). */
export const publicPaths: readonly string[] = ['/_matrix', '/_synapse/client', '/.well-known/matrix'];

/** The homeserver's listener, on the container's own network, the secret by which it lets accounts be made, and its database. */
export const homeserver = {
  service: 'synapse',
  network: 'web',
  port: 8008,
  database: 'synapse',
  registrationSecret: 'registration_shared_secret',
} as const;
