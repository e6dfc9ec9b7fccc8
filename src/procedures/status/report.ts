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
  /** What is wrong, with a name that stays the same: of the delegation only. */
  readonly code?: string;
  /** Evidence, one line each. */
  readonly details?: readonly string[];
}

/** Everything that `status` has seen, also where much is broken. */
export interface StatusReport {
  readonly serverName: string;
  readonly healthy: boolean;
  /** `null` where it cannot be told. */
  readonly pendingChanges: number | null;
  readonly services: readonly ServiceHealth[];
  /** What failed, and what should be known. */
  readonly findings: readonly StatusFinding[];
  readonly fileSystems: readonly FileSystem[];
  /** By what grows, its bytes; empty where nobody could be asked. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly memory: HostMemory | undefined;
  /** By name that the server answers for, the certificate that is served; none for a name where nobody answers. */
  readonly certificates: readonly CertificateStatus[];
  readonly backups: readonly BackupStatus[];
  /** When a timer begins the next one; `null` where none does. */
  readonly nextBackup: Date | null;
}

/** A certificate as it is served for a name. */
export interface CertificateStatus {
  readonly name: string;
  /** Common name of who issued it; `null` where it has none. */
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
  /** The latest set that is proved; `null` where there is none. */
  readonly latest: { readonly set: string; readonly at: Date } | null;
  /** The latest drill that passed; `null` where there was none. */
  readonly latestDrill: { readonly set: string; readonly at: Date } | null;
  readonly hasRecoveryKey: boolean;
  /** Of how many parts of a repository on another machine, how many were read back within that time; `null` on this host. */
  readonly readBack: { readonly read: number; readonly parts: number; readonly within: string } | null;
}
