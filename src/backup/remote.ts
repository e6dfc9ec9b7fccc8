import { quotedWord } from '../shell-word.ts';
import { addressOf, type RemotePlace } from './place.ts';
import { withSshLog } from './ssh-log.ts';

/** Where restic's container finds what it gets through its standard input: in memory, and for its user alone. */
const directory = '/tmp/access';

/** How restic reaches a repository on another machine. */
export interface RemoteAccess {
  readonly arguments: readonly string[];
  /** Paths of files, never what is in them. */
  readonly environment: Readonly<Record<string, string>>;
  /** By name, what must be in `directory` before restic starts: all that is secret. */
  readonly files: Readonly<Record<string, string>>;
  /** A script of the shell around restic, which gets its command line as arguments. */
  readonly around?: string;
}

export function remoteAccess(place: RemotePlace): RemoteAccess {
  if (place.kind === 'sftp') return sftpAccess(place);
  const { ca } = place;
  const trust = {
    arguments: ca === undefined ? [] : [`--cacert=${directory}/ca`],
    files: ca === undefined ? {} : { ca },
  };
  switch (place.kind) {
    case 'rest':
      return {
        arguments: [`--repository-file=${directory}/repository`, ...trust.arguments],
        environment: {},
        files: { ...trust.files, repository: restAddress(place) },
      };
    case 's3': {
      const { region, accessKey, secretKey } = place;
      const credentials = [
        '[default]',
        `aws_access_key_id = ${accessKey.reveal()}`,
        `aws_secret_access_key = ${secretKey.reveal()}`,
      ];
      return {
        arguments: [
          `--repo=${addressOf(place)}`,
          ...(region === undefined ? [] : [`--option=s3.region=${region}`]),
          ...trust.arguments,
        ],
        environment: { AWS_SHARED_CREDENTIALS_FILE: `${directory}/credentials` },
        files: { ...trust.files, credentials: `${credentials.join('\n')}\n` },
      };
    }
  }
}

function sftpAccess(place: RemotePlace & { kind: 'sftp' }): RemoteAccess {
  // Nothing that is asked could be answered, and no server is trusted but by its key.
  const options = [
    `UserKnownHostsFile=${directory}/known_hosts`,
    ...['GlobalKnownHostsFile=/dev/null', 'StrictHostKeyChecking=yes', 'BatchMode=yes'],
    ...['IdentitiesOnly=yes', 'ConnectTimeout=20', 'ServerAliveInterval=15', 'ServerAliveCountMax=4'],
  ];
  const log = `${directory}/ssh-log`;
  const words = [
    ...['-E', log, '-F', '/dev/null', '-i', `${directory}/identity`],
    ...options.flatMap((one) => ['-o', one]),
  ];
  return {
    arguments: [`--repo=${addressOf(place)}`, `--option=sftp.args=${words.join(' ')}`],
    environment: {},
    // ssh insists on the last line break.
    files: { identity: `${place.identity.reveal().trimEnd()}\n`, known_hosts: place.knownHosts },
    around: withSshLog(log),
  };
}

/** The address with the login in it, as restic wants it. */
function restAddress(place: RemotePlace & { kind: 'rest' }): string {
  const { login } = place;
  const url = new URL(addressOf(place).slice('rest:'.length));
  if (login !== undefined) {
    url.username = encodeURIComponent(login.user);
    url.password = encodeURIComponent(login.password.reveal());
  }
  return `rest:${url.href}`;
}

/**
 * The beginning of a shell script that takes the files from its standard input, a line each. The shell reads no more of it
 * than that, so that what follows them is for restic. After it, the arguments of the script are what to run.
 */
export function takeFiles({ files, around }: RemoteAccess): string {
  const names = Object.keys(files).join(' ');
  const wrap = around === undefined ? '' : `set -- /bin/sh -euc ${quotedWord(around)} sh "$@"`;
  return `
    umask 077
    mkdir ${directory}
    for name in ${names}; do
      IFS= read -r line
      printf %s "$line" | base64 -d >"${directory}/$name"
    done
    ${wrap}`;
}

/** What such a script reads. */
export function filesInput({ files }: RemoteAccess): string {
  return Object.values(files)
    .map((text) => `${Buffer.from(text).toString('base64')}\n`)
    .join('');
}
