/** The service that is our own proxy. */
export const proxyService = 'traefik';
