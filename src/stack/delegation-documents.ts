import type { Delegation } from '../components/component.ts';
import { documentPaths } from '../federation/document-paths.ts';

/** A document that the server name must answer with, by https on port 443. */
interface DelegationDocument {
  readonly path: string;
  /** One line of JSON. */
  readonly body: string;
}

/** HTTP headers of both documents. The second one allows clients in a browser to read them. */
export const documentHeaders = {
  'Content-Type': 'application/json',
  'Access-Control-Allow-Origin': '*',
} as const;

export interface DelegationDocuments {
  /** For other homeservers (server-server API, "Resolving server names"). */
  readonly server: DelegationDocument;
  /** For clients (client-server API, "Well-known URI"). */
  readonly client: DelegationDocument;
}

/** The documents by which a server name leads to a deployment. */
export function delegationDocuments({
  federationAddress,
  clientUrl,
}: Pick<Delegation, 'federationAddress' | 'clientUrl'>): DelegationDocuments {
  return {
    server: { path: documentPaths.server, body: `{"m.server": "${federationAddress}"}` },
    client: {
      path: documentPaths.client,
      body: `{"m.homeserver": {"base_url": "${clientUrl}"}}`,
    },
  };
}
