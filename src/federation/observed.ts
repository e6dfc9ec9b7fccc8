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
  /** Those that are asked. */
  readonly addresses: readonly Located[];
  /** Those that are not asked, since they lead into this host or its network. */
  readonly refused: readonly string[];
  /** How many more there are than are asked. */
  readonly left: number;
  /** The error code that came in place of an answer of the DNS. */
  readonly failure: string | undefined;
  /** Is it another name for something else (CNAME)? Looked at for targets of SRV records only. */
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
  /** Error code of why no chain leads to a trusted CA, or of its dates; `undefined` for one that is trusted. */
  readonly distrust: string | undefined;
  readonly isForName: boolean;
}

/** What became of one request to one address. */
export interface Sighting {
  readonly address: string;
  readonly port: number;
  /** Who was asked for: by SNI and in the certificate. */
  readonly name: string;
  readonly path: string;
  readonly certificate: SeenCertificate | undefined;
  /** How far it came, where there is no whole answer, and why. */
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
  /** By this host's clock, in milliseconds since 1970, when the answer was there. */
  readonly at: number;
}

/** A document that was asked for, through redirects. */
export interface Fetched {
  /** The address that the first request went to. */
  readonly address: string;
  /** Where the last request went. */
  readonly url: string;
  /** Why a redirect was not followed, or led nowhere. */
  readonly trouble: 'loop' | 'insecure' | 'bad-location' | 'inward' | 'no-address' | undefined;
  /** The last answer; absent where a redirect led nowhere. */
  readonly last: Sighting | undefined;
  /** The answers before that one: those that redirected. */
  readonly redirects: readonly Sighting[];
}

/** One address of one target of the route, asked for all that other homeservers ask. */
export interface FederationSight {
  readonly target: RouteTarget;
  readonly keys: Sighting;
  readonly version: Sighting;
  readonly encoded: Sighting;
}

/** What clients meet. */
export interface ClientSight {
  /** Of the document, one for each address of the server's hostname. */
  readonly documents: readonly Fetched[];
  /** Where the API was looked for. */
  readonly baseUrl: string;
  readonly place: NameLocation | undefined;
  readonly api: readonly { readonly versions: Sighting; readonly encoded: Sighting }[];
  /** Where calls are set up, as the document says. */
  readonly calls: readonly CallSight[];
}

/** A service that lets clients into calls (MatrixRTC), which the document for clients names. */
export interface CallSight {
  /** Its address, as the document has it. */
  readonly url: string;
  readonly place: NameLocation;
  /** Of each of its addresses: whether it is well, and the two endpoints, new and old, that let clients in. */
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
  /** Of /.well-known/matrix/server, one for each address; none where the server name says itself where to go. */
  readonly delegations: readonly Fetched[];
  readonly route: FederationRoute;
  /** Of each target of the route. */
  readonly places: readonly NameLocation[];
  readonly federation: readonly FederationSight[];
  readonly client: ClientSight;
  /** Of the admin interface, wherever the server was found. */
  readonly admin: readonly Sighting[];
  /** Is it this deployment's own server, which may be in a private network? */
  readonly isOwn: boolean;
}
