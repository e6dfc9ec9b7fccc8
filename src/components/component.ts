import type * as z from 'zod';
import type { OwnRegistration, Registration } from './application-service.ts';
import type { CacheSpec, DataSpec } from './data.ts';
import type { AddressFamily, Edge } from './edge.ts';
import type { GivenCertificate } from './given-certificate.ts';
import type {
  CallerRecord,
  ConfigurationCheck,
  Expectation,
  Probe,
  Provision,
  SizeQuery,
  Trial,
} from './questions.ts';
import type { DatabaseSaving, Dump, Refill, Transfer } from './saving.ts';
import type { Predecessor, SecretSpec } from './secret.ts';
import type { GeneratedSecret } from './secret-reference.ts';
import type { Service } from './service.ts';
import type { NamedPlace, Warning } from './warning.ts';

/**
 * The contract of a component: one folder, with a pure function from its options to a description. Every command is a
 * fold over the descriptions, so that backup, status and upgrade need no change for a new component.
 */
export interface Component<Options> {
  /** Name of its section in matrix.yaml, and of its folders here and in templates/. */
  readonly name: string;
  /** Schema of its section; the `.describe()` texts are the documentation. */
  readonly options: z.ZodType<Options>;
  /** True if a stack has it only when matrix.yaml has its section. Absent when every stack has it, with defaults. */
  readonly optional?: true;
  /** Example settings that turn it on, for this server. Absent when it needs no settings. */
  example?(serverName: string): Settings;
  describe(options: Options, context: StackContext): ComponentDescription;
  /**
   * Its own hostnames, by the option that sets each. Every one becomes one of `Delegation.names`, with a certificate
   * and a DNS record, and needs routes; none is a name of the homeserver.
   */
  hosts?(options: Options): Readonly<Record<string, string>>;
  /** Registrations of its application services, which the homeserver loads while the stack has the component. */
  registrations?(options: Options): readonly Registration[];
  /** Why the secret that its options name at this path must never change; `undefined` if it may. */
  permanence?(path: readonly (string | number)[]): string | undefined;
  /** Warnings about settings that do not work as intended. @param all what all components ask of the homeserver */
  warnings?(
    options: Options,
    all: Pick<StackContext, 'homeserverOptions' | 'registrations'>,
  ): readonly Warning[];
  /**
   * Options of homeserver.yaml that follow from its options. `{ from_secret: NAME }` stands for a secret of the
   * operator, `generatedSecret` for one of its own. Lists are joined; any other option is set by one component only.
   */
  homeserver?(options: Options): Settings;
  /** The servers that its options name and that the stack must be able to reach. */
  reaches?(options: Options): readonly NamedPlace[];
  /** Its options for a staging run; `undefined` if there are none. */
  staging?(options: Options): Options | undefined;
  /** Its options in an isolated copy of the stack. Absent when it works there with those that it has. */
  isolate?(options: Options): Options;
  /** Where the stack is reached from outside. Present only for the component that publishes it. */
  edge?(options: Options): Edge;
  /** What to do if the engine hides client addresses. Present only for the component that publishes the stack. */
  whenHidden?(options: Options, family: AddressFamily, engineVersion: string): string;
  /** What to do if a certificate was not renewed. Present only for the component that publishes the stack. */
  whenNotRenewed?(options: Options): string;
}

/** What a component knows of the whole stack when it describes itself. */
export interface StackContext {
  /** Part after the colon in user IDs; permanent. */
  readonly serverName: string;
  /** Hostname that clients connect to. */
  readonly host: string;
  /** Where the stack is reached from outside. */
  readonly edge: Edge;
  readonly delegation: Delegation;
  /** Options of homeserver.yaml that components set; their values may name secrets. */
  readonly homeserverOptions: Settings;
  /** The registrations of application services that components have. */
  readonly registrations: readonly OwnRegistration[];
  /** The image to run for a tag, with the digest that this deployment is locked to as soon as that is known. */
  image(tag: string): string;
  /** The image of the database server, the same way. */
  databaseImage(): string;
  /** Path of a bundle below the deployment directory; `undefined` if it is empty or its content is not known yet. */
  bundle(name: string): string | undefined;
  /** The secrets that the one of this name has replaced, the latest last. */
  predecessors(name: string): readonly Predecessor[];
}

/** How clients and other homeservers find the homeserver from the server name. */
export interface Delegation {
  /** Names that our proxy answers for: each needs a certificate. */
  readonly names: readonly string[];
  /** Those of `names` whose DNS records must point to this host. */
  readonly leading: readonly string[];
  /** URL that clients connect to, without a trailing slash. */
  readonly clientUrl: string;
  /** Host and port that other homeservers connect to, in the form of a well-known document: `example.org:443`. */
  readonly federationAddress: string;
  /** What leads other homeservers from the server name to that address; `nothing` if they go there by default. */
  readonly ledBy: 'document' | 'records' | 'nothing';
  /** Whether a website outside this deployment answers on the server name and serves the well-known documents. */
  readonly isElsewhere: boolean;
  /** A second port, on which other homeservers connect to the server name. Absent when they use the HTTPS port. */
  readonly federationPort?: number;
}

export interface ComponentDescription {
  readonly services: readonly Service[];
  /** Services that follow from the descriptions of all components, such as from their routes. */
  derivedServices(parts: StackParts): readonly Service[];
  readonly routes: readonly Route[];
  readonly files: readonly FileSpec[];
  readonly secrets: readonly SecretSpec[];
  /** Files of its services whose content must not be shown. */
  readonly bundles: readonly BundleSpec[];
  readonly certificates: readonly GivenCertificate[];
  readonly databases: readonly DatabaseSpec[];
  /** Its options of homeserver.yaml, by top-level key: Synapse does not merge files below that level. */
  readonly homeserver: Settings;
  readonly data: readonly DataSpec[];
  readonly caches: readonly CacheSpec[];
  readonly checks: readonly ConfigurationCheck[];
  /** What must exist inside a running service, as a function of all descriptions. */
  provisions(parts: StackParts): readonly Provision[];
  /** How all databases are dumped for a backup. Empty unless this component runs the database server. */
  dumps(parts: StackParts): readonly Dump[];
  /** How the dumps are restored into an empty data directory. */
  refills(parts: StackParts): readonly Refill[];
  /** How the databases are copied into the files of another major release of their server. */
  transfers(parts: StackParts): readonly Transfer[];
  readonly probes: readonly Probe[];
  readonly trials: readonly Trial[];
  readonly sizes: readonly SizeQuery[];
  readonly expectations: readonly Expectation[];
  readonly callerRecords: readonly CallerRecord[];
  /** Files below the deployment directory with CA certificates that clients must trust besides the public ones. */
  readonly roots: readonly string[];
}

/** The parts of all descriptions, joined, that files, services and provisions of a component can be derived from. */
type StackParts = Pick<ComponentDescription, 'routes' | 'databases' | 'homeserver'>;

export type SettingValue =
  | string
  | number
  | boolean
  | null
  | readonly SettingValue[]
  | GeneratedSecret
  | { readonly [key: string]: SettingValue | undefined };

/** Values by path; `undefined` removes what the template has there. */
export type Settings = { readonly [key: string]: SettingValue | undefined };

/** Requests for these names and paths go to this service. */
export interface Route {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly pathPrefixes: readonly string[];
  readonly service: string;
  readonly port: number;
  /** The largest request that the service takes, in bytes. */
  readonly largestBodyBytes: number;
  /** Concurrent requests that our own proxy lets one client have here. Absent if the limit for all routes is enough. */
  readonly requestsPerClient?: number;
}

/** A rendered file: a template with values set by path, or an exact copy of the template if there are no values. */
export interface FileSpec {
  /** Path below the deployment directory. */
  readonly path: string;
  /** Path below templates/; absolute for a component that is not part of this package. */
  readonly template: string;
  values?(parts: StackParts): Settings;
  /** What a change of the YAML in this file permanently deletes, and when. Asked before the file is written. */
  losses?(before: unknown, after: unknown): readonly Warning[];
}

/**
 * Files that must not be shown, since they contain secrets or the operator's own data: a directory below secrets/
 * that a service mounts. Its name follows from its content, so that a changed setting, secret or file leads to a new
 * directory and recreates the service, while the old directory is kept for a rollback.
 */
export interface BundleSpec {
  readonly name: string;
  readonly files: readonly BundleFile[];
  /** Directory of the operator's own files, below the deployment directory, all of which are in the bundle. */
  readonly from?: string;
  /** True if the files are programs that the service runs. */
  readonly isExecutable?: true;
  /** Paths below `from` that settings name, and that must therefore exist. */
  readonly named?: readonly string[];
  /** Judges the texts of the files below `from`, by path. The program reports their problems only at its start. */
  judge?(files: ReadonlyMap<string, string>): FileJudgement;
}

/** A judgement of an operator's own files. Its texts quote nothing of their content but names. */
export interface FileJudgement {
  /** Problems that keep the program from starting: a sentence each, which names the file. */
  readonly issues: readonly string[];
  readonly warnings: readonly Warning[];
  readonly reaches: readonly NamedPlace[];
}

export type BundleFile = {
  /** File name in the bundle. */
  readonly name: string;
} & (
  | { readonly kind: 'secret'; readonly secret: string }
  /** A template with values set by path; a value can be a reference to a secret, anywhere. */
  | { readonly kind: 'settings'; readonly template: string; readonly values: Settings }
);

export interface DatabaseSpec {
  readonly name: string;
  readonly role: string;
  /** Name of the secret that holds the role's password. */
  readonly password: string;
  /** A table that has rows as soon as the database holds anything of value. */
  readonly inUse: string;
  readonly saving: DatabaseSaving;
}

/** An empty description, so that a component states only what it has. */
export const nothing: ComponentDescription = {
  services: [],
  derivedServices: () => [],
  routes: [],
  files: [],
  secrets: [],
  bundles: [],
  certificates: [],
  databases: [],
  homeserver: {},
  data: [],
  caches: [],
  checks: [],
  provisions: () => [],
  dumps: () => [],
  refills: () => [],
  transfers: () => [],
  probes: [],
  trials: [],
  sizes: [],
  expectations: [],
  callerRecords: [],
  roots: [],
};
