/**
 * Why a client in a browser may not read an answer (client-server API, "Web Browser Clients"); `undefined` if it may.
 */
export function objectionToCors({
  headers,
}: {
  readonly headers: Readonly<Record<string, string | undefined>>;
}): string | undefined {
  const allowed = headers['access-control-allow-origin'];
  return allowed === '*' ? undefined : `access-control-allow-origin ${allowed ?? 'is missing'}`;
}
