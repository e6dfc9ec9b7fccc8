import type * as z from 'zod';
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
import type { OwnRegistration, Registration } from './registration.ts';
import type { DatabaseSaving, Dump, Refill, Transfer } from './saving.ts';
import type { Predecessor, SecretSpec } from './secret.ts';
import type { Service } from './service.ts';
import type { NamedPlace, Warning } from './warning.ts';

/**
 * The contract of everything that a stack can contain. A component is one folder: a pure function from its
 * options to a description. Every command is a fold over the descriptions, so that backup, status or upgrade
 * know a new component without being touched.
 */
export interface Component<Options> {
  /** Its section in matrix.yaml, its folder here and in templates/. */
  readonly name: string;
  /** Its section's schema; `.describe()` is its documentation. */
  readonly options: z.ZodType<Options>;
  /** Is it part of a stack only where matrix.yaml has its section? All others always are, with defaults for what is absent. */
  readonly optional?: true;
  /** Settings with which its section turns it on, where something has to be said for that: an example for this server. */
  example?(serverName: string): Settings;
  describe(options: Options, context: StackContext): ComponentDescription;
  /**
   * Hostnames of its own, by the option that says them. Each of them needs a DNS record, a certificate and routes, which
   * follow for every component alike; none is a name of the homeserver.
   */
  hosts?(options: Options): Readonly<Record<string, string>>;
  /** The application services that it is to the homeserver, which loads their registrations as long as the component is part of the stack. */
  registrations?(options: Options): readonly Registration[];
  /** Why a secret that its options name at this path must never be another one; `undefined` where it may. */
  permanence?(path: readonly (string | number)[]): string | undefined;
  /**
   * What its options ask for that will not work, or not as meant, although nothing refuses it.
   *
   * @param all what components ask of the homeserver
   */
  warnings?(
    options: Options,
    all: Pick<StackContext, 'homeserverOptions' | 'registrations'>,
  ): readonly Warning[];
  /** Options of homeserver.yaml that follow from its options; `{ from_secret: NAME }` stands for a secret in them. */
  homeserver?(options: Options): Settings;
  /** The places that its options name and that the stack must reach. */
  reaches?(options: Options): readonly NamedPlace[];
  /** The options with which what has a price is tried for free first; `undefined` where there is no such thing. */
  staging?(options: Options): Options | undefined;
  /** The options of a copy that reaches nobody, where it would not work with those that it has. */
  isolate?(options: Options): Options;
  /** Where the stack is reached from outside, if it is this component that publishes it. */
  edge?(options: Options): Edge;
  /** What lets clients be seen by their own addresses where the engine hides those, if it is this component that publishes the stack. */
  whenHidden?(options: Options, family: AddressFamily, engineVersion: string): string;
  /** What to do about a certificate that was not renewed in time, if it is this component that publishes the stack. */
  whenNotRenewed?(options: Options): string;
}

/** What a component may know of the whole when it describes itself. */
export interface StackContext {
  /** Part after the colon in user IDs; permanent. */
  readonly serverName: string;
  /** Name under which clients reach the homeserver. */
  readonly host: string;
  /** Where the proxy is published. */
  readonly edge: Edge;
  readonly delegation: Delegation;
  /** What other components ask of the homeserver, by option of homeserver.yaml; it may name secrets. */
  readonly homeserverOptions: Settings;
  /** The registrations of application services that components have. */
  readonly registrations: readonly OwnRegistration[];
  /** The image to run for a tag: with the digest that this deployment is locked to, once it is known. */
  image(tag: string): string;
  /** The image of the database server, the same way. */
  databaseImage(): string;
  /** Where a bundle is below the deployment directory; `undefined` where it is empty, and before its content is known. */
  bundle(name: string): string | undefined;
  /** The secrets in whose place the one of this name has come, the latest last. */
  predecessors(name: string): readonly Predecessor[];
}

/** How the homeserver is found from the server name. */
export interface Delegation {
  /** Names that our proxy answers for: each needs a certificate. */
  readonly names: readonly string[];
  /** Those of them that need a DNS record which leads here. */
  readonly leading: readonly string[];
  /** Where clients connect to, without a slash at its end. */
  readonly clientUrl: string;
  /** Where other homeservers connect to, as a well-known document says it: `example.org:443`. */
  readonly federationAddress: string;
  /** What leads other homeservers on from the server name; `nothing` where they come to it by themselves. */
  readonly ledBy: 'document' | 'records' | 'nothing';
  /** Does a site that is not ours answer on the server name, and serve the well-known documents? */
  readonly isElsewhere: boolean;
  /** A port beside that of https on which other homeservers come to the server name itself. */
  readonly federationPort?: number;
}

export interface ComponentDescription {
  readonly services: readonly Service[];
  /** Services that are made of what others have, such as their routes. */
  derivedServices(parts: StackParts): readonly Service[];
  readonly routes: readonly Route[];
  readonly files: readonly FileSpec[];
  readonly secrets: readonly SecretSpec[];
  /** Files for its services that may not be shown. */
  readonly bundles: readonly BundleSpec[];
  readonly certificates: readonly GivenCertificate[];
  readonly databases: readonly DatabaseSpec[];
  /** What it adds to homeserver.yaml, by top-level key: Synapse merges no deeper. */
  readonly homeserver: Settings;
  readonly data: readonly DataSpec[];
  readonly caches: readonly CacheSpec[];
  readonly checks: readonly ConfigurationCheck[];
  /** What must exist inside a running service, as a function of all descriptions. */
  provisions(parts: StackParts): readonly Provision[];
  /** How the databases of all get into a backup, where it is this component that runs them. */
  dumps(parts: StackParts): readonly Dump[];
  /** How they come back from that, into an empty data directory. */
  refills(parts: StackParts): readonly Refill[];
  /** How they get into files of another major release of their server. */
  transfers(parts: StackParts): readonly Transfer[];
  readonly probes: readonly Probe[];
  readonly trials: readonly Trial[];
  readonly sizes: readonly SizeQuery[];
  readonly expectations: readonly Expectation[];
  readonly callerRecords: readonly CallerRecord[];
  /** Files below the deployment directory with roots that a client of this deployment must trust, beside the public ones. */
  readonly roots: readonly string[];
}

/** The descriptions joined: what a component's files and provisions may be made of. */
type StackParts = Pick<ComponentDescription, 'routes' | 'databases' | 'homeserver'>;

export type SettingValue =
  | string
  | number
  | boolean
  | null
  | readonly SettingValue[]
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
}

/** A rendered file: a template with values set by path, or copied as it is where it has no values. */
export interface FileSpec {
  /** Path below the deployment directory. */
  readonly path: string;
  /** Path below templates/; absolute for a component that is not of this package. */
  readonly template: string;
  values?(parts: StackParts): Settings;
  /** What is permanently lost, and when, if YAML of this file becomes other YAML: known before it does. */
  losses?(before: unknown, after: unknown): readonly Warning[];
}

/**
 * Files that may not be shown, since secrets or what only the operator knows is in them: a directory below secrets/ that a
 * service mounts. Its name follows from its content, so that a change of a setting, a secret or a file makes another one
 * and recreates the service, and the one before is there to go back to.
 */
export interface BundleSpec {
  readonly name: string;
  readonly files: readonly BundleFile[];
  /** A directory below the deployment directory whose files are the operator's own: all of it is in the bundle. */
  readonly from?: string;
  /** Are they programs, which the service runs? */
  readonly isExecutable?: true;
  /** Paths below it that settings name, and that must therefore be there. */
  readonly named?: readonly string[];
  /** What is to be said of the files below it, by path: the program would see it only when it starts. */
  judge?(files: ReadonlyMap<string, string>): FileJudgement;
}

/** What is to be said of an operator's own files. No text has anything of their content but names. */
export interface FileJudgement {
  /** What the program does not start with: a sentence each, which names the file. */
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
  /** A table that has rows as soon as there is anything in the database that somebody would miss. */
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
