import { UserError } from '../errors.ts';

/** Why a repository did not do what was asked of it; also the end of the error's code, after `backup.repository.`. */
export type RepositoryFailure =
  | 'missing'
  | 'exists'
  | 'locked'
  | 'key'
  | 'unreadable'
  | 'damaged'
  | 'full'
  | 'denied'
  | 'killed'
  | 'failed';

/** A repository did not do what was asked of it. */
export class RepositoryError extends UserError {
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
  unreadable: 'not everything could be read, so nothing was saved',
  damaged: 'the repository is damaged',
  full: 'there is no space left where the repository is, or for temporary files',
  denied: 'the repository cannot be read or written with the rights that it has',
  killed: 'restic was killed: it had too little memory, or somebody stopped it',
  failed: 'restic failed',
};

const hints: Readonly<Record<RepositoryFailure, string>> = {
  missing: 'See whether its directory is the right one, and whether its disk is mounted.',
  exists: 'Use it, or name another directory.',
  locked:
    'Wait until it has finished. If it does not run any more, `restic unlock --remove-all` removes what it has left.',
  key: 'Use the recovery key, or the key file of the deployment that made this repository.',
  unreadable: 'Fix what restic says of the files, then run the command again.',
  damaged:
    'Do not rely on the sets in it. Check its disk, then see https://restic.readthedocs.io/en/stable/077_troubleshooting.html.',
  full: 'Free space (`df -h`), then run the command again; earlier sets are as they were.',
  denied:
    'Everything in it must be readable and its directories writable for one group: `chown -R` and `chmod -R g+rX` do that.',
  killed: 'Run the command again; earlier sets are as they were.',
  failed: 'Fix what restic says, then run the command again.',
};

/**
 * Why restic has failed, by its exit code (documentation of restic 0.19, "Scripting") and, where that says only that it
 * has, by what it says.
 */
export function failureOf(exitCode: number, said: readonly string[]): RepositoryFailure {
  const byCode = codes[exitCode];
  if (byCode !== undefined) {
    return byCode;
  }
  const text = said.join('\n');
  return texts.find(([pattern]) => pattern.test(text))?.[1] ?? 'failed';
}

const codes: Readonly<Record<number, RepositoryFailure>> = {
  3: 'unreadable',
  10: 'missing',
  11: 'locked',
  12: 'key',
  137: 'killed',
};

const texts: readonly (readonly [RegExp, RepositoryFailure])[] = [
  [/no space left on device|disk quota exceeded/i, 'full'],
  [/repository contains errors|ciphertext verification failed|invalid data returned/i, 'damaged'],
  [/\/repository\S*: permission denied/, 'denied'],
];
