import { quotedWord } from '../shell-word.ts';
import { addressOf, type RemotePlace } from './place.ts';
import { withSshLog } from './ssh-log.ts';

/**
 * Directory in restic's container for the files that it gets through its standard input. It is in memory, and only
 * the container's user can read it.
 */
const directory = '/tmp/access';

/** How restic reaches a repository on another machine. */
export interface RemoteAccess {
  readonly arguments: readonly string[];
  /** Has paths of files, but never their content. */
  readonly environment: Readonly<Record<string, string>>;
  /** By name, the content of the files that must be in `directory` before restic starts. All secrets are in these. */
  readonly files: Readonly<Record<string, string>>;
  /** A shell script that runs restic, whose command line it gets as arguments. Absent when restic runs directly. */
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
  // Nobody could answer a prompt, and only the server's key makes it trusted.
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
    // ssh refuses a private key without a line break at the end.
    files: { identity: `${place.identity.reveal().trimEnd()}\n`, known_hosts: place.knownHosts },
    around: withSshLog(log),
  };
}

/** The address with the login in its URL, as restic expects it. */
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
 * The beginning of a shell script: it reads the files from standard input, one line for each. The shell reads no
 * further, so that the rest of the input is for restic. After this beginning, the script's arguments are the
 * command line to run.
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

/** The standard input for a script that begins with `takeFiles`. */
export function filesInput({ files }: RemoteAccess): string {
  return Object.values(files)
    .map((text) => `${Buffer.from(text).toString('base64')}\n`)
    .join('');
}
