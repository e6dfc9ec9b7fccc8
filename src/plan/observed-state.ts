import type { ObservedIdentity } from '../stack/identity.ts';
import type { ContainerFacts, FoundNetwork, RunningFact, RunningFacts } from '../stack/running.ts';
import type { ImageLock } from '../stack/stack.ts';
import type { ObservedBundles } from './bundle.ts';
import type { ObservedCertificate } from './given-certificates.ts';
import type { Written } from './written.ts';

/** What was found on the host and in Docker: everything that a plan is decided from. */
export interface ObservedState {
  /** The deployment directory. */
  readonly directory: string;
  /**
   * Whether the deployment has been complete and healthy once. Until then there is nothing to go back to. The
   * identity record says so. If there is none (it was lost, or an older version created the deployment), the files
   * and data that exist decide.
   */
  readonly isInstalled: boolean;
  /** The texts of the rendered files, by path. Absent for a file that does not exist. */
  readonly files: Readonly<Record<string, string>>;
  readonly written: Written;
  /** Names of files in the directory that Compose would read beside ours, or in its place. */
  readonly foreignFiles: readonly string[];
  /** Names of the secrets that exist. */
  readonly secrets: ReadonlySet<string>;
  /** The time of the observation, by the host's clock. */
  readonly now: Date;
  /**
   * The validity of our own certificates, by name of the secret. Absent for a file that does not exist or cannot be
   * read.
   */
  readonly validity: Readonly<Record<string, Validity>>;
  /** By service, the path of a secret that was created again and that the service has not read since. */
  readonly unread: Readonly<Record<string, string>>;
  /** Names of the secrets that are marked for rotation. */
  readonly rotating: ReadonlySet<string>;
  /** Names of the secrets that do not match the present secrets and names that they are made of. */
  readonly mismatched: ReadonlySet<string>;
  readonly bundles: ObservedBundles;
  /** Certificates that the operator keeps up to date. */
  readonly certificates: readonly ObservedCertificate[];
  /** Paths of the copies of such certificates that no service reads any more. */
  readonly unreadCopies: readonly string[];
  /** Paths of the data directories that exist. */
  readonly data: ReadonlySet<string>;
  /** Paths of the data directories that are not empty, or that this program may not look into. */
  readonly dataInUse: ReadonlySet<string>;
  /** By the path of a data directory, the release that created it. Absent when it could not be read. */
  readonly dataReleases: Readonly<Record<string, string>>;
  /** Paths of the caches that were created from the present image, or are being created. */
  readonly caches: ReadonlySet<string>;
  /** Owners and modes of the files and directories of the deployment. */
  readonly access: ObservedAccess;
  /**
   * Modes of the files in `DataSpec.restrictedFiles`, by path below the deployment directory. Absent when the mode
   * could not be read.
   */
  readonly strictModes: Readonly<Record<string, number>>;
  /** Tags whose image, with the locked digest where there is one, is on this host. */
  readonly images: ReadonlySet<string>;
  readonly lock: ImageLock;
  readonly containers: readonly ObservedContainer[];
  /** The facts that the engine reports about each container, by the container's ID. */
  readonly running: Readonly<Record<string, RunningFacts>>;
  /**
   * The limits that the engine cannot enforce on this host. Only looked up if a container runs without such a limit;
   * empty otherwise.
   */
  readonly limitsNotKept: readonly RunningFact[];
  /** How many processors containers can be limited to; `undefined` where no service has such a limit. */
  readonly processors: number | undefined;
  /** By full name, the networks of the stack that exist. */
  readonly networks: Readonly<Record<string, FoundNetwork>>;
  /** The IDs (`sha256:…`) of the images on this host, by the references that services use. */
  readonly imageIds: Readonly<Record<string, string>>;
  /** The states of the provisions, by name. Absent when the service does not run or does not answer. */
  readonly provisions: ReadonlyMap<string, ProvisionState>;
  readonly identity: ObservedIdentity;
}

/** The period in which a certificate is valid; `unreadable` for content that is no certificate. */
export type Validity = { readonly from: Date; readonly until: Date } | 'unreadable';

/**
 * `closed`: it exists, and our secret does not open it. `unused`: the deployment has never served, and the provision
 * holds only the result of a first set-up, finished or not.
 */
export type ProvisionState = 'there' | 'absent' | 'closed' | 'unused';

export interface ObservedContainer extends Omit<ContainerFacts, 'labels' | 'addresses'> {
  /** The digest in its label; `undefined` for a container that was not created from our docker-compose.yml. */
  readonly digest: string | undefined;
  /** When it was last started. Absent if the engine did not say so. */
  readonly startedAt?: string | undefined;
}

/** The owner and mode of a file or directory. */
export interface FoundEntry {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly isDirectory: boolean;
}

export interface ObservedAccess {
  /** The user and the group of this process. */
  readonly uid: number;
  readonly gid: number;
  /**
   * Whether the engine maps users of containers to other users of the host. Only looked up where it matters; `false`
   * for a process of another user than root.
   */
  readonly mapsUsers: boolean;
  /** By path below the deployment directory. */
  readonly found: Readonly<Record<string, FoundEntry>>;
}
