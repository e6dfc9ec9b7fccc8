/** The homeserver's listener, on the container's own network, and the secret by which it lets accounts be made. */
export const homeserver = {
  service: 'synapse',
  network: 'web',
  port: 8008,
  registrationSecret: 'registration_shared_secret',
} as const;
