/**
 * The paths of a server name's documents (server-server API, "Resolving server names"; client-server API, "Well-known
 * URI").
 */
export const documentPaths = {
  server: '/.well-known/matrix/server',
  client: '/.well-known/matrix/client',
} as const;
