/** A host with its port as in a Host header and an origin: without port 443 (RFC 9110, section 7.2; RFC 6454). */
export function hostWithPort(host: string, port: number): string {
  return port === 443 ? host : `${host}:${port}`;
}

/** The origin of a server by https. */
export function httpsOrigin(host: string, port: number): string {
  return `https://${hostWithPort(host, port)}`;
}
