import type { ServerName } from '../identifiers/server-name.ts';
import type { FederationRoute, RouteTarget } from './route.ts';

/** From where an address can be reached: from anywhere, from within a network, or from the host itself only. */
export type Reachability = 'public' | 'private' | 'host';

export interface Located {
  readonly address: string;
  readonly reach: Reachability;
}

/** Where a name leads. */
export interface NameLocation {
  readonly host: string;
  /** The addresses that are asked. */
  readonly addresses: readonly Located[];
  /** The addresses that are not asked, since they lead into this host or its network. */
  readonly refused: readonly string[];
  /** How many more addresses there are, beyond those that are asked. */
  readonly left: number;
  /** The error code that came in place of an answer of the DNS. */
  readonly failure: string | undefined;
  /** Whether the name is an alias (CNAME). Looked up for targets of SRV records only. */
  readonly isAlias: boolean;
}

/** A certificate as it was served. */
export interface SeenCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** The names that it is for, as the certificate lists them. */
  readonly names: string;
  /** Milliseconds since 1970. */
  readonly validUntil: number;
  /** Error code if no chain leads to a trusted CA, or the dates are wrong; `undefined` if it is trusted. */
  readonly distrust: string | undefined;
  readonly isForName: boolean;
}

/** The outcome of one request to one address. */
export interface Sighting {
  readonly address: string;
  readonly port: number;
  /** The name in SNI, for which the certificate must be valid. */
  readonly name: string;
  readonly path: string;
  readonly certificate: SeenCertificate | undefined;
  /** At which stage the request failed, and why; `undefined` if there is a complete answer. */
  readonly failure:
    | { readonly stage: 'connect' | 'tls' | 'answer'; readonly code: string; readonly message: string }
    | undefined;
  readonly answer:
    | {
        readonly status: number;
        readonly headers: Readonly<Record<string, string | undefined>>;
        readonly body: string;
      }
    | undefined;
  /** When the request ended, by this host's clock, in milliseconds since 1970. */
  readonly at: number;
}

/** The outcome of a request for a document, with its redirects. */
export interface Fetched {
  /** The address that the first request went to. */
  readonly address: string;
  /** URL of the last request or, with `trouble`, the one that it redirects to, if it names one. */
  readonly url: string;
  /** Why a redirect was not followed, or led nowhere. */
  readonly trouble: 'loop' | 'insecure' | 'bad-location' | 'inward' | 'no-address' | undefined;
  /** The outcome of the last request: of the redirect that was not followed, if there is `trouble`. */
  readonly last: Sighting | undefined;
  /** The outcomes before that one: redirects that were followed. */
  readonly redirects: readonly Sighting[];
}

/** One address of a target of the route: the outcomes of the requests that other homeservers send. */
export interface FederationSight {
  readonly target: RouteTarget;
  readonly keys: Sighting;
  readonly version: Sighting;
  readonly encoded: Sighting;
}

/** What clients see of a server. */
export interface ClientSight {
  /** The document for clients, from each address of the server name. */
  readonly documents: readonly Fetched[];
  /** The URL at which the API was looked for. */
  readonly baseUrl: string;
  readonly place: NameLocation | undefined;
  readonly api: readonly { readonly versions: Sighting; readonly encoded: Sighting }[];
  /** The services for calls that the document lists. */
  readonly calls: readonly CallSight[];
}

/** A service that lets clients join calls (MatrixRTC), as the document for clients lists it. */
export interface CallSight {
  /** Its URL, as in the document. */
  readonly url: string;
  readonly place: NameLocation;
  /** For each of its addresses: its health, and the new and the old endpoint that let clients join. */
  readonly sights: readonly {
    readonly health: Sighting;
    readonly token: Sighting;
    readonly legacy: Sighting;
  }[];
}

/** All that was seen of a server. */
export interface ObservedServer {
  readonly server: ServerName;
  readonly home: NameLocation;
  /** /.well-known/matrix/server from each address; empty if the server name is an address or has a port. */
  readonly delegations: readonly Fetched[];
  readonly route: FederationRoute;
  /** The addresses of each target of the route. */
  readonly places: readonly NameLocation[];
  readonly federation: readonly FederationSight[];
  readonly client: ClientSight;
  /** Requests to the admin interface, at each address at which the server was found. */
  readonly admin: readonly Sighting[];
  /** Whether it is this deployment's own server, which may be in a private network. */
  readonly isOwn: boolean;
}
