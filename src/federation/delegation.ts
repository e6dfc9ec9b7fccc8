import { parseServerName, type ServerName } from '../identifiers/server-name.ts';
import { objectIn } from '../json-object.ts';
import type { CheckCode } from './knowledge.ts';
import type { Fetched } from './observed.ts';

/** What /.well-known/matrix/server says. */
export type FoundDelegation =
  | { readonly kind: 'delegated'; readonly server: ServerName }
  /** There is no document; a server may need none. */
  | { readonly kind: 'absent' }
  /** The document cannot be read: other homeservers go on without it. */
  | { readonly kind: 'unknown'; readonly code: CheckCode; readonly saw: string }
  /** There is a document, and it is wrong. */
  | { readonly kind: 'invalid'; readonly code: CheckCode; readonly saw: string };

/** What the well-known document says, as one address answered it (server-server API, "Resolving server names", 3). */
export function readDelegation(fetched: Fetched): FoundDelegation {
  const trouble = troubleOf(fetched, 'well-known');
  if (trouble !== undefined) return trouble;
  const { status = 0, body = '' } = fetched.last?.answer ?? {};
  if (status === 404 || status === 410) return { kind: 'absent' };
  if (status !== 200) return { kind: 'unknown', code: 'well-known-status', saw: `status ${status}` };
  const document = objectIn(body);
  if (document === undefined) return invalid('well-known-json', 'what it answers is no JSON object');
  const named = document['m.server'];
  if (typeof named !== 'string') return invalid('well-known-no-server', 'there is no m.server in it');
  const server = parseServerName(named);
  return server === undefined
    ? invalid('well-known-bad-server', `m.server is "${named.slice(0, 300)}"`)
    : { kind: 'delegated', server };
}

/** Why a document could not be fetched; `undefined` if it could. */
export function troubleOf(
  { trouble, last, url }: Fetched,
  kind: 'well-known' | 'client',
): Exclude<FoundDelegation, { kind: 'delegated' | 'absent' }> | undefined {
  switch (trouble) {
    case 'loop':
      return invalid(`${kind}-redirect-loop`, `its redirects do not end; the last is to ${url}`);
    case 'insecure':
      return invalid(`${kind}-redirect-insecure`, `it redirects to ${url}, which is not https`);
    case 'bad-location':
      return invalid(`${kind}-redirect-broken`, 'it redirects, but does not say where to');
    case 'inward':
      return invalid('leads-inside', `it redirects to ${url}, which leads into the network of this host`);
    case 'no-address':
      return invalid(`${kind}-redirect-broken`, `it redirects to ${url}, a name without an address`);
  }
  const failure = last?.failure;
  if (failure?.code === 'EMSGSIZE') return invalid(`${kind}-size`, failure.message);
  if (failure !== undefined) {
    return { kind: 'unknown', code: `${kind}-unreachable`, saw: failure.message };
  }
  const { distrust, isForName = true } = last?.certificate ?? {};
  if (distrust !== undefined || !isForName) {
    const saw = distrust ?? `the certificate is not for ${last?.name}`;
    return { kind: 'unknown', code: `${kind}-tls`, saw: `its certificate is not trusted: ${saw}` };
  }
  return undefined;
}

function invalid(code: CheckCode, saw: string): FoundDelegation & { kind: 'invalid' } {
  return { kind: 'invalid', code, saw };
}
