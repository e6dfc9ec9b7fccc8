import { BackupError } from '../errors.ts';

/** Why a request to a repository failed; also the last part of the error's code, after `backup.repository.`. */
export type RepositoryFailure =
  | 'missing'
  | 'exists'
  | 'locked'
  | 'key'
  | 'key-file'
  | 'unreadable'
  | 'damaged'
  | 'full'
  | 'denied'
  | 'killed'
  | 'refused'
  | 'bucket'
  | 'unreachable'
  | 'certificate'
  | 'clock'
  | 'host-key'
  | 'append-only'
  | 'source'
  | 'failed';

/** A request to a repository failed. */
export class RepositoryError extends BackupError {
  readonly failure: RepositoryFailure;

  /** @param stage what was being done, such as `saving synapse.dump` */
  constructor(failure: RepositoryFailure, stage: string, details: readonly string[] = []) {
    super(`${stage}: ${reasons[failure]}`, {
      code: `backup.repository.${failure}`,
      details: details.slice(-10),
      hint: hints[failure],
    });
    this.failure = failure;
  }
}

const reasons: Readonly<Record<RepositoryFailure, string>> = {
  missing: 'there is no backup repository',
  exists: 'there is a backup repository already',
  locked: 'another program has locked the repository',
  key: 'the key does not open the repository',
  'key-file': 'a key file of the repository is damaged',
  unreadable: 'not everything could be read, so nothing was saved',
  damaged: 'the repository is damaged',
  full: 'there is no space left where the repository is, or for temporary files',
  denied: 'the repository cannot be read or written with the rights that it has',
  killed: 'restic was killed: it had too little memory, or somebody stopped it',
  refused: 'the server refuses the user, the password or the key',
  bucket: 'the storage has no such bucket',
  unreachable: 'the server does not answer',
  certificate: "the server's certificate is not one that can be trusted",
  clock: "this host's clock and the server's differ by too much",
  'host-key': 'the host key of the server is not the known one',
  'append-only': 'the server does not allow anything to be deleted',
  source: 'the program that supplies the data has failed',
  failed: 'restic failed',
};

const hints: Readonly<Record<RepositoryFailure, string>> = {
  missing: 'See whether its directory is the right one, and whether its disk is mounted.',
  exists: 'Use it, or name another directory.',
  locked:
    'Wait until it has finished. If it does not run any more, `restic unlock --remove-all` removes what it has left.',
  key: 'Use the recovery key, or the key file of the deployment that created this repository.',
  'key-file':
    'The backups may be whole. Move that file, whose name begins as above, out of the directory `keys` of the repository: any other key of it opens the backups then.',
  unreadable: 'Fix what restic says of the files, then run the command again.',
  damaged:
    'Do not rely on the sets in it. Check its disk, then see https://restic.readthedocs.io/en/stable/077_troubleshooting.html.',
  full: 'Free space (`df -h`), then run the command again; earlier sets are as they were.',
  denied:
    'Everything in it must be readable and its directories writable for one group: `chown -R` and `chmod -R g+rX` do that.',
  killed: 'Run the command again; earlier sets are as they were.',
  refused:
    'Compare user and secrets with what the server has: `matrix-deploy secrets set` sets them. They may have expired, or lost a right.',
  bucket: 'Create it there, or correct bucket, endpoint and region of the target in matrix.yaml.',
  unreachable:
    'Compare its address in matrix.yaml, and see whether the server runs and whether a firewall is between.',
  certificate:
    'Where the server has a certificate of its own, name the file with the CA certificate in `ca` of the target.',
  clock: 'Set both clocks: `timedatectl` tells about this one.',
  'host-key':
    'Somebody may be intercepting the connection. If the server was installed again, compare its new key there, set host_key of the target or remove its line from state/known_hosts, then run `matrix-deploy backup check-target`.',
  'append-only':
    'That protects the backups from intruders on this host. Old ones are removed on the server itself: see "Targets that only grow" in docs/backup.md.',
  source: 'Fix what that program says, then run the command again.',
  failed: 'Fix what restic says, then run the command again.',
};

/**
 * Why restic has failed: by its exit code (documentation of restic 0.19, "Scripting") or, if the code does not name a
 * cause, by its messages.
 */
export function failureOf(exitCode: number, said: readonly string[]): RepositoryFailure {
  return codes[exitCode] ?? failureIn(said) ?? 'failed';
}

/** The cause of a failure, by restic's messages; `undefined` if no pattern matches. */
export function failureIn(said: readonly string[]): RepositoryFailure | undefined {
  const text = said.join('\n');
  return texts.find(([pattern]) => pattern.test(text))?.[1];
}

const codes: Readonly<Record<number, RepositoryFailure>> = {
  3: 'unreadable',
  10: 'missing',
  11: 'locked',
  12: 'key',
  137: 'killed',
};

const texts: readonly (readonly [RegExp, RepositoryFailure])[] = [
  // 507 is what rest-server answers for a full disk or quota; the words are those of S3 storages.
  [/no space left on device|disk quota exceeded|\(507\)|QuotaExceeded|storage limit/i, 'full'],
  // Restic ends at the first failure, which is that of the program here. Later patterns may match the program's own
  // messages, which are not about the repository.
  [/unable to save snapshot: failed to save \S+: Fatal: command failed: /, 'source'],
  [/LoadRaw\(<key\/\w+>\): invalid data returned/, 'key-file'],
  [/repository contains errors|ciphertext verification failed|invalid data returned/i, 'damaged'],
  [/\/repository\S*: permission denied/, 'denied'],
  [/RequestTimeTooSkewed|difference between the request time/i, 'clock'],
  [/NoSuchBucket|bucket does not exist/i, 'bucket'],
  [/x509:|tls: failed to verify|server gave HTTP response to HTTPS client/, 'certificate'],
  [/host key verification failed|remote host identification has changed/i, 'host-key'],
  [
    /permission denied \(|\(401\)|\(403\)|AccessDenied|Access Denied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken/i,
    'refused',
  ],
  // Restic shows the code or the message of an S3 error (REST API, "Error responses"), depending on the request.
  [
    /access key id you provided|signature we calculated does not match|provided token has expired/i,
    'refused',
  ],
  [
    /dial tcp|connection re(?:fused|set)|no such host|could not resolve|connection closed|timed out|i\/o timeout|deadline exceeded|no route to host|EOF|ssh command exited|connection lost|write \|1: broken pipe/i,
    'unreachable',
  ],
];

/** Failures that a retry does not resolve. */
const lasting: ReadonlySet<RepositoryFailure | undefined> = new Set([
  'clock',
  'bucket',
  'certificate',
  'refused',
  'full',
]);

/** Whether a message names a failure that a retry does not resolve. Restic would retry for 15 minutes. */
export function isHopeless(line: string): boolean {
  return lasting.has(failureIn([line]));
}
