import { join } from 'node:path';
import { cacheDirectory } from './components/data.ts';
import { certificateDirectory } from './components/given-certificate.ts';
import type { SecretSpec } from './components/secret.ts';

/** The file from which Compose creates the containers. */
export const composeFile = 'docker-compose.yml';

/** Names below a deployment directory. */
export const layout = {
  config: 'matrix.yaml',
  secrets: 'secrets',
  /** Secrets that the operator has set, beside those that are generated. */
  givenSecrets: 'secrets/operator',
  bundles: 'secrets/bundles',
  /** The directory that the proxy mounts, with the copy of the operator's own certificate. */
  certificate: certificateDirectory,
  data: 'data',
  cache: cacheDirectory,
  state: 'state',
  /** The version of this layout. */
  format: 'state/format.json',
  imageLock: 'state/images.json',
  written: 'state/written.json',
  bundleSources: 'state/bundles.json',
  converged: 'state/converged.json',
  summary: 'state/summary.json',
  growth: 'state/growth.json',
  backups: 'state/backups.json',
  backupAttempt: 'state/backup-attempt.json',
  /** Evidence of drills. */
  drills: 'state/drills',
  /** Where a restore and a drill assemble the parts of a backup. */
  restore: 'state/restore',
  drill: 'state/drill',
  /** Of which deployments this one is a restored backup. */
  restoredFrom: 'state/restored-from.json',
  /** A restore over this deployment that has not been finished. */
  pendingRestore: 'state/pending-restore.json',
  /** The release document that `releases update` has fetched, with its signature. */
  releases: 'state/releases.json',
  /** The host keys of the ssh servers of backups, in the format of `known_hosts`. */
  knownHosts: 'state/known_hosts',
  /** A move to another host, whether unfinished or completed. */
  move: 'state/move.json',
  /** The Compose file of a server that was moved, renamed so that nobody starts a second copy of the server here. */
  movedCompose: 'state/moved-docker-compose.yml',
  /** The upgrade that has not been finished. */
  pendingUpgrade: 'state/pending-upgrade.json',
  /** The results of all upgrades. */
  upgrades: 'state/upgrades.json',
  /** The backup directory unless matrix.yaml sets another. */
  backupDirectory: 'backups',
  madeUsers: 'state/made-users.jsonl',
  applied: 'state/applied.yaml',
  identity: 'state/identity.json',
  /** The copy of `identity` beside the data, so that a copy of data/ contains it. */
  identityCopy: 'data/identity.json',
  /** A file that reserves space on the disk of the data, for the rollback of an upgrade. */
  reserve: 'data/reserve',
  unread: 'state/unread-secrets.json',
  /** A directory with one file for each secret that is to be replaced. */
  rotating: 'state/rotating',
  firstRun: 'state/first-run',
  setUp: 'state/set-up.json',
  lock: 'state/lock',
  lockTakeover: 'state/lock.takeover',
  runLog: 'state/last-run.log',
  candidate: 'state/candidate',
} as const;

/**
 * Modes below the deployment directory. Everybody who can enter secrets/ can read the secrets in it: several users of
 * containers read the same secret, and matrix-deploy may lack the right to give a file to such a user.
 */
export const modes = {
  secretsDirectory: 0o700,
  secret: 0o444,
  /** Of a program that a container runs. */
  program: 0o555,
  /** Of a secret that only one user of a container reads, and that belongs to that user. */
  givenSecret: 0o400,
  /** Of a secret that no container reads. */
  ownSecret: 0o600,
  /** Services execute its contents: only its owner and root may enter it. */
  cacheDirectory: 0o700,
  stateDirectory: 0o700,
  state: 0o600,
  directory: 0o755,
  rendered: 0o644,
  /** Of a directory with the operator's files that are copied into a bundle: containers read only the copy. */
  ownDirectory: 0o700,
} as const;

/** Path of a secret below the deployment directory. */
export function secretPath(name: string): string {
  return join(layout.secrets, name);
}

/** The temporary path at which a data directory is created. A directory at this path was never in use. */
export function stagingPath(path: string): string {
  return `${path}.new`;
}

/** The host's own key to its backups. The users of all containers that write backups read it. */
export const backupKey: SecretSpec = { name: 'backup.key', recipe: { kind: 'token', bytes: 32 } };

/** The private key with which this host logs in to ssh servers of backups, unless the operator has given another. */
export const sshKey = 'backup_ssh.key';
