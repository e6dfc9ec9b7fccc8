/** Where to get a token, as a registry says it (https://distribution.github.io/distribution/spec/auth/token/). */
export interface TokenChallenge {
  readonly realm: string;
  readonly service: string | undefined;
  readonly scope: string | undefined;
}

/** The challenge in a `WWW-Authenticate`; `undefined` where no token helps, such as where a password is asked for. */
export function bearerChallenge(header: string | undefined): TokenChallenge | undefined {
  const [, parameters] = /^bearer\s+(.*)$/i.exec(header ?? '') ?? [];
  if (parameters === undefined) return undefined;
  const value = (name: string) => new RegExp(`(?:^|[,\\s])${name}="([^"]*)"`, 'i').exec(parameters)?.[1];
  const realm = value('realm');
  return realm === undefined ? undefined : { realm, service: value('service'), scope: value('scope') };
}

/** The page after this one, by the `Link` header of its answer (RFC 8288); `undefined` for the last one. */
export function nextPage(link: string | undefined, page: URL): URL | undefined {
  const [, target] = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link ?? '') ?? [];
  return target !== undefined && URL.canParse(target, page.href) ? new URL(target, page) : undefined;
}

/**
 * How long to wait by a `Retry-After` (RFC 9110, 10.2.3), in seconds; `undefined` where it says nothing.
 */
export function retryAfter(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}
