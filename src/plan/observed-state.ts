import type { ObservedIdentity } from '../stack/identity.ts';
import type { ContainerFacts, FoundNetwork, RunningFact, RunningFacts } from '../stack/running.ts';
import type { ImageLock } from '../stack/stack.ts';
import type { ObservedBundles } from './bundle.ts';
import type { ObservedCertificate } from './given-certificates.ts';
import type { Written } from './written.ts';

/** What is there: everything that a plan is decided from. */
export interface ObservedState {
  /** The deployment directory. */
  readonly directory: string;
  /**
   * Has everything been there and worked, once? Until then there is nothing to go back to. The record of its identity says
   * so; where that is lost, and in deployments of versions without one, what is there.
   */
  readonly isInstalled: boolean;
  /** By path, the text of what we render; absent where there is no such file. */
  readonly files: Readonly<Record<string, string>>;
  readonly written: Written;
  /** Names of files in the directory that Compose would read beside ours, or in its place. */
  readonly foreignFiles: readonly string[];
  /** Names of the secrets that exist. */
  readonly secrets: ReadonlySet<string>;
  /** When this was looked at, by the host's clock. */
  readonly now: Date;
  /** By name of a secret that is a certificate of our own, how long it is valid; absent where that may not be seen. */
  readonly validity: Readonly<Record<string, Validity>>;
  /** By service, the path of a secret that was created again since it was started. */
  readonly unread: Readonly<Record<string, string>>;
  /** Names of the secrets in whose place others are to come. */
  readonly rotating: ReadonlySet<string>;
  /** Names of the secrets that are not made of the others as these are. */
  readonly mismatched: ReadonlySet<string>;
  readonly bundles: ObservedBundles;
  /** Certificates that the operator keeps up to date. */
  readonly certificates: readonly ObservedCertificate[];
  /** Paths of the copies of such certificates that no service is to read. */
  readonly unreadCopies: readonly string[];
  /** Paths of the data directories that exist. */
  readonly data: ReadonlySet<string>;
  /** Of those, the ones in which anything is, as far as one may look. */
  readonly dataInUse: ReadonlySet<string>;
  /** By the path of a data directory, the release that made it, where that could be read. */
  readonly dataReleases: Readonly<Record<string, string>>;
  /** Paths of the caches that were made from the image on this host, or are being made. */
  readonly caches: ReadonlySet<string>;
  /** Whose our files are, and who may come near them. */
  readonly access: ObservedAccess;
  /** Modes of strict files, by path below the deployment directory, where they could be read. */
  readonly strictModes: Readonly<Record<string, number>>;
  /** Tags whose image, with the locked digest where there is one, is on this host. */
  readonly images: ReadonlySet<string>;
  readonly lock: ImageLock;
  readonly containers: readonly ObservedContainer[];
  /** By a container's ID, what it is while it runs. */
  readonly running: Readonly<Record<string, RunningFacts>>;
  /** The limits that the engine cannot keep on this host. */
  readonly limitsNotKept: readonly RunningFact[];
  /** How many processors containers can be limited to; `undefined` where no service has such a limit. */
  readonly processors: number | undefined;
  /** By full name, the networks of the stack that exist. */
  readonly networks: Readonly<Record<string, FoundNetwork>>;
  /** By the names under which services name them, what the images on this host are: `sha256:…`. */
  readonly imageIds: Readonly<Record<string, string>>;
  /** By name, what running services say of what must exist in them; absent where nobody could say. */
  readonly provisions: ReadonlyMap<string, ProvisionState>;
  readonly identity: ObservedIdentity;
}

/** From when until when a certificate is valid; `unreadable` is what is no certificate. */
export type Validity = { readonly from: Date; readonly until: Date } | 'unreadable';

/**
 * `closed`: it is there, and the secret that we have does not open it. `unused`: nothing has served yet, and what is in it
 * is left from a first set-up, or the result of one that nobody has used yet.
 */
export type ProvisionState = 'there' | 'absent' | 'closed' | 'unused';

export interface ObservedContainer extends Omit<ContainerFacts, 'labels' | 'addresses'> {
  /** What its label says; absent on a container that we did not render. */
  readonly digest: string | undefined;
}

/** A file or directory as it is protected. */
export interface FoundEntry {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly isDirectory: boolean;
}

export interface ObservedAccess {
  /** Who looked. */
  readonly uid: number;
  readonly gid: number;
  /** Are users of containers others on the host? Only asked where it matters: of others than root it is not known. */
  readonly mapsUsers: boolean;
  /** By path below the deployment directory. */
  readonly found: Readonly<Record<string, FoundEntry>>;
}
