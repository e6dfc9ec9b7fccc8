import { join } from 'node:path';
import { cacheDirectory } from './components/data.ts';
import { certificateDirectory } from './components/given-certificate.ts';
import type { SecretSpec } from './components/secret.ts';

/** The file from which Compose makes the containers. */
export const composeFile = 'docker-compose.yml';

/** Names below a deployment directory. */
export const layout = {
  config: 'matrix.yaml',
  secrets: 'secrets',
  /** Secrets that the operator has set, beside those that are generated. */
  givenSecrets: 'secrets/operator',
  bundles: 'secrets/bundles',
  /** The copy of a certificate that somebody else keeps up to date, in a directory that the proxy mounts. */
  certificate: certificateDirectory,
  data: 'data',
  cache: cacheDirectory,
  state: 'state',
  /** How all of this is laid out. */
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
  /** Where backups are put together: by a restore, and by a drill. */
  restore: 'state/restore',
  drill: 'state/drill',
  /** A restore over this deployment that is not finished. */
  pendingRestore: 'state/pending-restore.json',
  /** What is known about versions beyond what this program brings along: a document, and its signature. */
  releases: 'state/releases.json',
  /** The ssh servers of backups with their keys, as `known_hosts`. */
  knownHosts: 'state/known_hosts',
  /** A move to another host, or that it was moved. */
  move: 'state/move.json',
  /** The file of Compose of a server that may be running elsewhere. */
  movedCompose: 'state/moved-docker-compose.yml',
  /** An upgrade that is not finished, and what became of all of them. */
  pendingUpgrade: 'state/pending-upgrade.json',
  upgrades: 'state/upgrades.json',
  /** Where backups go unless matrix.yaml says otherwise. */
  backupDirectory: 'backups',
  madeUsers: 'state/made-users.jsonl',
  applied: 'state/applied.yaml',
  identity: 'state/identity.json',
  /** Its copy: what holds the data holds this, too. */
  identityCopy: 'data/identity.json',
  /** Room on the disk of the data, kept free for the way back from an upgrade. */
  reserve: 'data/reserve',
  unread: 'state/unread-secrets.json',
  /** A mark for each secret in whose place another one is to come. */
  rotating: 'state/rotating',
  firstRun: 'state/first-run',
  setUp: 'state/set-up.json',
  lock: 'state/lock',
  lockTakeover: 'state/lock.takeover',
  runLog: 'state/last-run.log',
  candidate: 'state/candidate',
} as const;

/** Modes that matter: who can enter secrets/ can read what containers read as several users, or as users that nobody could give it to. */
export const modes = {
  secretsDirectory: 0o700,
  secret: 0o444,
  /** Of a program that a container runs. */
  program: 0o555,
  /** Of a secret that belongs to the one user of a container who reads it. */
  givenSecret: 0o400,
  /** Of a secret that no container reads. */
  ownSecret: 0o600,
  /** What is in it is run: nobody but its owner and root may come near. */
  cacheDirectory: 0o700,
  stateDirectory: 0o700,
  state: 0o600,
  directory: 0o755,
  rendered: 0o644,
  /** Of an operator's files that are copied into a bundle: what containers see is the copy. */
  ownDirectory: 0o700,
} as const;

/** Path of a secret below the deployment directory. */
export function secretPath(name: string): string {
  return join(layout.secrets, name);
}

/** Where a data directory is made before it gets its name: what stands here was never in use. */
export function stagingPath(path: string): string {
  return `${path}.new`;
}

/** The host's own key to its backups. The users of all containers that write backups read it. */
export const backupKey: SecretSpec = { name: 'backup.key', recipe: { kind: 'token', bytes: 32 } };

/** The key by which ssh servers of backups let this host in, where the operator has given no other. */
export const sshKey = 'backup_ssh.key';
