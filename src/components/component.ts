import type * as z from 'zod';
import type { FailureKnowledge } from './failure.ts';
import type { Exec, Job, Owner, Service } from './service.ts';
import type { Reach, Warning } from './warning.ts';

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
  describe(options: Options, context: StackContext): ComponentDescription;
  /** What its options ask for that will not work, or not as meant, although nothing refuses it. */
  warnings?(options: Options): readonly Warning[];
  /** The places that its options name and that the stack must reach. */
  reaches?(options: Options): readonly Reach[];
  /** The options with which what has a price is tried for free first; `undefined` where there is no such thing. */
  rehearse?(options: Options): Options | undefined;
  /** Where the stack is reached from outside, if it is this component that publishes it. */
  edge?(options: Options): Edge;
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
  /** The image to run for a tag: with the digest that this deployment is locked to, once it is known. */
  image(tag: string): string;
  /** Where a bundle is below the deployment directory; `undefined` where it is empty, and before its content is known. */
  bundle(name: string): string | undefined;
}

export interface Edge {
  /** Address that the published ports are bound to, such as `127.0.0.1`; absent for all of IPv4 and of IPv6. */
  readonly address?: string | undefined;
  readonly httpsPort: number;
  /** Absent where nothing is served without TLS. */
  readonly httpPort?: number | undefined;
  /** Are its certificates by an authority that nobody trusts, to try things with? */
  readonly isRehearsal?: boolean;
  /** File below the deployment directory with the roots of the private authority that certifies this server and its like. */
  readonly roots?: string | undefined;
}

/** How the homeserver is found from the server name. */
export interface Delegation {
  /** Names that our proxy answers for: each needs a DNS record that leads here, and a certificate. */
  readonly names: readonly string[];
  /** Where clients connect to, without a slash at its end. */
  readonly clientUrl: string;
}

export interface ComponentDescription {
  readonly services: readonly Service[];
  readonly routes: readonly Route[];
  readonly files: readonly FileSpec[];
  readonly secrets: readonly SecretSpec[];
  /** Files for its services that may not be shown. */
  readonly bundles: readonly BundleSpec[];
  readonly databases: readonly DatabaseSpec[];
  /** What it adds to homeserver.yaml, by top-level key: Synapse merges no deeper. */
  readonly homeserver: Settings;
  readonly data: readonly DataSpec[];
  readonly caches: readonly CacheSpec[];
  readonly checks: readonly ConfigurationCheck[];
  /** What must exist inside a running service, as a function of all descriptions. */
  provisions(parts: StackParts): readonly Provision[];
  readonly probes: readonly Probe[];
  readonly sizes: readonly SizeQuery[];
  readonly expectations: readonly Expectation[];
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
  /** Path below templates/. */
  readonly template: string;
  values?(parts: StackParts): Settings;
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
  /** Paths below it that settings name, and that must therefore be there. */
  readonly named?: readonly string[];
}

export type BundleFile = {
  /** File name in the bundle. */
  readonly name: string;
} & (
  | { readonly kind: 'secret'; readonly secret: string }
  /** A template with values set by path; a value can be a reference to a secret, anywhere. */
  | { readonly kind: 'settings'; readonly template: string; readonly values: Settings }
);

/** Made once from the operating system's generator, never replaced. */
export interface SecretSpec {
  /** File name below secrets/. */
  readonly name: string;
  readonly recipe: SecretRecipe;
}

export type SecretRecipe =
  /** Random, URL-safe text of so many bytes of entropy. */
  | { readonly kind: 'token'; readonly bytes: number }
  /** Synapse's ed25519 key file. */
  | { readonly kind: 'signing-key' }
  /** Text made of another secret, such as a connection file with the password in it. */
  | { readonly kind: 'derived'; readonly from: string; text(secret: string): string }
  /** PKCS #8 key for a certificate. */
  | { readonly kind: 'private-key' }
  | { readonly kind: 'authority'; readonly key: string; readonly commonName: string }
  | {
      readonly kind: 'certificate';
      readonly key: string;
      readonly authority: string;
      readonly authorityKey: string;
      readonly names: readonly string[];
    };

export interface DatabaseSpec {
  readonly name: string;
  readonly role: string;
  /** Name of the secret that holds the role's password. */
  readonly password: string;
}

/** A directory that outlives containers: what a backup must hold. */
export interface DataSpec {
  /** Path below the deployment directory. */
  readonly path: string;
  readonly owner: Owner;
  readonly mode: number;
  /** Directories that must exist in it, of the same owner and mode. */
  readonly directories: readonly string[];
  /** Files whose mode the program that reads them insists on. */
  readonly strictFiles: readonly StrictFile[];
  /** Which release of the program made it, where no other can use it. */
  readonly release?: DataRelease;
  /** Fills it before anything may use it; the directory gets its name only after this has succeeded. */
  readonly initialise?: Job;
}

interface DataRelease {
  /** Path below the data directory of the file that says by which release it was made. */
  readonly file: string;
  /** The setting that chooses the image, and the image. */
  readonly setting: string;
  readonly image: string;
  /** The release of an image, as the file has it; `undefined` where the tag does not say. */
  of(image: string): string | undefined;
  /** What to do to get from one to another. */
  readonly remedy: string;
}

/**
 * Files that a job makes from an image, so that its containers start faster. Nothing is lost with them: they are in no
 * backup, and what uses them works without them and whatever is in them.
 */
export interface CacheSpec {
  /** What is in it, as in "byte code of synapse". */
  readonly name: string;
  /** Its directory, below `cacheDirectory`. It is empty until the service that mounts it has worked. */
  readonly path: string;
  /** The service that it is for, and whose image it is made from. */
  readonly service: string;
  /** Empties and fills it: gets its key in the environment variable `cacheKey.variable`, and writes `cacheKey.file` last. */
  readonly job: Job;
}

/** Where caches are, below the deployment directory: nobody but its owner and root gets in, and so to what is in them. */
export const cacheDirectory = 'cache';

/** What tells from which image a cache was made, and that it was made to its end: the first line of a file in it. */
export const cacheKey = { variable: 'CACHE_KEY', file: 'index' } as const;

export interface StrictFile {
  /** Path below the data directory. */
  readonly path: string;
  readonly mode: number;
  /** The service that reads it, and where it sees it. */
  readonly service: string;
  readonly target: string;
}

/** The program's own opinion of its rendered files, asked before anything restarts. */
export interface ConfigurationCheck {
  readonly service: string;
  readonly job: Job;
  readonly failures: FailureKnowledge;
}

/** Something that must exist inside a running service, such as a database. */
export interface Provision {
  readonly name: string;
  readonly service: string;
  /** Asks; its output has one line with `name` when the thing is there. */
  readonly observe: Exec;
  /** Name of the secret that goes into it. */
  readonly secret: string;
  /** Makes it where it is not there. */
  create(secret: string, random: (bytes: number) => Uint8Array): Exec;
}

/** Proves that a service works: asked after every start, and by `status`. */
export type Probe = {
  readonly service: string;
  /** What is true when it passes, as in "answers the client API". */
  readonly name: string;
  /** For a service that is at work: one that is not is given up after less than a minute. */
  readonly timeoutSeconds: number;
  /** Do the last lines of the service's log say that it will not try again by itself? */
  hasGivenUp?(log: readonly string[]): boolean;
  /**
   * Does it write, and leave nothing of that? Then it fails for what no earlier version would do better at, such as a full
   * disk: it is asked at the end of an apply, and is no reason to go back.
   */
  readonly writes?: true;
} & (
  | ({ readonly kind: 'exec' } & Exec)
  | { readonly kind: 'https'; readonly host: string; readonly path: string; readonly has: string }
  | { readonly kind: 'certificate'; readonly host: string }
);

/** Asks inside a service how much space what grows takes: a line each, `<bytes> <what>`. Must cost next to nothing. */
export interface SizeQuery {
  readonly service: string;
  readonly ask: Exec;
}

/** What whoever asks from anywhere, by name, must be answered: verified when everything runs. */
export interface Expectation {
  /** What he must find, as in "the client API". */
  readonly name: string;
  readonly host: string;
  /** As it is sent. */
  readonly path: string;
  /** What is wrong with an answer that came at that time; `undefined` when nothing is. */
  judge(answer: Answer, now: Date): string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** An empty description, so that a component states only what it has. */
export const nothing: ComponentDescription = {
  services: [],
  routes: [],
  files: [],
  secrets: [],
  bundles: [],
  databases: [],
  homeserver: {},
  data: [],
  caches: [],
  checks: [],
  provisions: () => [],
  probes: [],
  sizes: [],
  expectations: [],
  roots: [],
};
