/** The homeserver's listener, on the container's own network, the secret by which it lets accounts be made, and its database. */
export const homeserver = {
  service: 'synapse',
  network: 'web',
  port: 8008,
  database: 'synapse',
  registrationSecret: 'registration_shared_secret',
} as const;
