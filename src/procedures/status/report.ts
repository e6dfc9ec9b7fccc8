import type { ServiceHealth } from '../../apply/verify.ts';
import type { HostMemory } from '../../host/health/memory.ts';
import type { FileSystem } from '../../host/health/storage.ts';
import type { Judgement } from '../../host/judgement.ts';

/** Something about the deployment or its host, not about one service. */
export interface StatusFinding extends Judgement {
  readonly about:
    | 'configuration'
    | 'engine'
    | 'plan'
    | 'running'
    | 'access'
    | 'certificate'
    | 'proxy'
    | 'storage'
    | 'memory'
    | 'clock'
    | 'boot'
    | 'backup'
    | 'version'
    | 'restore'
    | 'move'
    | 'upgrade'
    | 'delegation';
  /** A stable name of the problem; only findings about the delegation have one. */
  readonly code?: string;
  /** Evidence, one line each. */
  readonly details?: readonly string[];
}

/** Everything that `status` has seen, also where much is broken. */
export interface StatusReport {
  readonly serverName: string;
  readonly healthy: boolean;
  /** `null` where no plan can be made. */
  readonly pendingChanges: number | null;
  readonly services: readonly ServiceHealth[];
  /** What failed, and what should be known. */
  readonly findings: readonly StatusFinding[];
  readonly fileSystems: readonly FileSystem[];
  /** Sizes in bytes of what grows, by its name; empty where no service could be asked. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly memory: HostMemory | undefined;
  /** The certificate that is served for each name of the server; none for a name that does not answer. */
  readonly certificates: readonly CertificateStatus[];
  readonly backups: readonly BackupStatus[];
  /** When a timer starts the next backup; `null` where no timer does. */
  readonly nextBackup: Date | null;
}

/** A certificate as it is served for a name. */
export interface CertificateStatus {
  readonly name: string;
  /** Common name of its issuer; `null` where it has none. */
  readonly issuer: string | null;
  /** When it expires. */
  readonly until: Date;
  /** Whole days until then. */
  readonly daysLeft: number;
}

/** What is known of the backups in one target. */
export interface BackupStatus {
  readonly target: string;
  readonly path: string;
  /** The latest verified set; `null` where there is none. */
  readonly latest: { readonly set: string; readonly at: Date } | null;
  /** The latest drill that passed; `null` where there was none. */
  readonly latestDrill: { readonly set: string; readonly at: Date } | null;
  readonly hasRecoveryKey: boolean;
  /** How many parts of a remote repository were read back within that time; `null` for a target on this host. */
  readonly readBack: { readonly read: number; readonly parts: number; readonly within: string } | null;
}
