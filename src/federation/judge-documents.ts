import { readDelegation } from './delegation.ts';
import { baseUrlIn, judgeDocument } from './judge-client.ts';
import { hasNoRoute, judgePresence } from './judge-connection.ts';
import { type CheckCode, finding } from './knowledge.ts';
import type { Fetched, NameLocation } from './observed.ts';

/** What the server name must answer to lead to a deployment. */
export interface Wanted {
  /** The value of m.server: a name and a port; absent where there must be no such document. */
  readonly serverDocument: string | undefined;
  /** Whether other homeservers find the deployment without a document, so that only clients need one. */
  readonly isForClientsOnly: boolean;
  /** The value of base_url, without a slash at its end. The document may have one. */
  readonly clientUrl: string;
  /** The addresses of this deployment, if the server name must lead to another host; otherwise empty. */
  readonly notAt: readonly string[];
}

/** What the addresses of the server name answered. */
export interface DocumentsSeen {
  readonly home: NameLocation;
  readonly servers: readonly Fetched[];
  readonly clients: readonly Fetched[];
}

type DocumentCode =
  | CheckCode
  | 'server-name-leads-here'
  | 'well-known-missing'
  | 'well-known-leads-elsewhere'
  | 'client-missing'
  | 'client-leads-elsewhere';

/** Like a finding of `check`, with additional codes for documents that are wrong for this deployment only. */
export interface DocumentFinding {
  readonly code: DocumentCode;
  readonly verdict: 'failed' | 'warning' | 'unverified';
  /** Which of the documents it is about; both where the server name is not reached at all. */
  readonly document: 'server' | 'client' | 'both';
  readonly at: string;
  readonly saw: string;
  readonly reason: string;
  readonly remedy: string;
}

const reasons = {
  server: 'Other homeservers do not find this server: there is no federation',
  client: 'Clients do not find the server by its name: people have to type its address, or cannot log in',
} as const;

/** What keeps the server name from leading to a deployment, at any of its addresses. */
export function judgeDocuments({ home, servers, clients }: DocumentsSeen, wanted: Wanted): DocumentFinding[] {
  const isThere = ({ address }: Pick<Fetched, 'address'>) => !wanted.notAt.includes(address);
  const found = [
    ...judgePresence(home).map((found) => ({ ...found, document: 'both' as const })),
    ...home.addresses
      .filter((located) => !isThere(located))
      .map(({ address }) => leadsHere(home.host, address)),
    ...servers.filter(isThere).flatMap((fetched) => judgeServerDocument(fetched, wanted)),
    ...clients.filter(isThere).flatMap((fetched) => judgeClientDocument(fetched, wanted)),
  ];
  return wanted.isForClientsOnly ? found.flatMap((each) => forClientsOnly(each, wanted)) : found;
}

/**
 * What remains of a finding if SRV records lead other homeservers. Those ask for the records if they cannot read a
 * document (server-server API, "Resolving server names", 3). A document that leads elsewhere has priority over the
 * records, so that its finding remains.
 */
function forClientsOnly(found: DocumentFinding, { clientUrl }: Wanted): DocumentFinding[] {
  if (found.code === 'well-known-leads-elsewhere') return [found];
  return found.document === 'server'
    ? []
    : [
        {
          ...found,
          verdict: found.verdict === 'failed' ? 'warning' : found.verdict,
          document: 'client',
          reason: reasons.client,
          remedy: `Let a site there answer as \`matrix-deploy delegation\` shows, or let people enter ${clientUrl} in their client by hand.`,
        },
      ];
}

function leadsHere(host: string, address: string): DocumentFinding {
  return {
    code: 'server-name-leads-here',
    verdict: 'failed',
    document: 'both',
    at: host,
    saw: `it leads to ${address}, an address of this server, which does not answer for it`,
    reason:
      'Clients and other homeservers that ask there get no document, and a certificate for another name',
    remedy:
      'Let its record lead to the site that serves the documents; or set delegation to well-known in matrix.yaml, and this server answers.',
  };
}

function judgeServerDocument(fetched: Fetched, { serverDocument }: Wanted): DocumentFinding[] {
  const untested = withoutRoute(fetched, 'server');
  if (untested !== undefined) return [untested];
  const delegation = readDelegation(fetched);
  const at = placeOf(fetched);
  switch (delegation.kind) {
    case 'invalid':
    case 'unknown':
      return [{ ...finding(delegation.code, at, delegation.saw), document: 'server' }];
    case 'absent':
      return serverDocument === undefined
        ? []
        : [documentFinding('well-known-missing', 'server', at, 'there is no such document')];
    case 'delegated': {
      const { text } = delegation.server;
      return text.toLowerCase() === serverDocument
        ? []
        : [
            documentFinding(
              'well-known-leads-elsewhere',
              'server',
              at,
              serverDocument === undefined
                ? `m.server is ${text}, where there must be no such document`
                : `m.server is ${text} in place of ${serverDocument}`,
            ),
          ];
    }
  }
}

function judgeClientDocument(fetched: Fetched, { clientUrl }: Wanted): DocumentFinding[] {
  const untested = withoutRoute(fetched, 'client');
  if (untested !== undefined) return [untested];
  const at = placeOf(fetched);
  const found = judgeDocument(fetched, false).map((each) => ({ ...each, document: 'client' as const }));
  if (found.length > 0 || fetched.last?.answer?.status === 404) {
    return found.length > 0
      ? found
      : [documentFinding('client-missing', 'client', at, 'there is no such document')];
  }
  const named = baseUrlIn(fetched);
  return named === clientUrl
    ? []
    : [
        documentFinding(
          'client-leads-elsewhere',
          'client',
          at,
          `base_url is ${named} in place of ${clientUrl}`,
        ),
      ];
}

function withoutRoute({ last, address, url }: Fetched, document: 'server' | 'client') {
  const { failure } = last ?? {};
  return failure !== undefined && failure.stage === 'connect' && hasNoRoute(failure.code, address)
    ? {
        ...finding('ipv6-untested', `${url} at ${address}`, 'this host has no way to IPv6', 'unverified'),
        document,
      }
    : undefined;
}

function placeOf({ url, address }: Fetched): string {
  return `${url} at ${address}`;
}

/** What is wrong with a document for this deployment, though it may be right for another. */
function documentFinding(
  code: DocumentCode,
  document: 'server' | 'client',
  at: string,
  saw: string,
): DocumentFinding {
  return {
    code,
    verdict: 'failed',
    document,
    at,
    saw,
    reason: reasons[document],
    remedy:
      'Let the site answer as `matrix-deploy delegation` shows; with `--for`, it prints that for a web server.',
  };
}
