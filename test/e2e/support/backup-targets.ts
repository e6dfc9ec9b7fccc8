import type { Authority } from '../../lab/certificates.ts';
import type { Host } from '../../lab/host.ts';
import type { Lab } from '../../lab/lab.ts';
import { type StorageKind, StorageServer } from '../../lab/storage-servers.ts';

export const kinds = ['rest', 's3', 'sftp'] as const satisfies StorageKind[];

/** A server of each kind. Nobody may use them before they are started. */
export async function rentServers(
  lab: Lab,
  authority: Authority,
): Promise<Record<StorageKind, StorageServer>> {
  const rent = (kind: StorageKind) => StorageServer.rent(lab, kind, authority);
  // One after the other: each gets names.
  return { rest: await rent('rest'), s3: await rent('s3'), sftp: await rent('sftp') };
}

/** Secrets that the targets name. */
export const secretNames = { user: 'storage_user', password: 'storage_password' } as const;

/** Where the CA certificate is for targets, in the deployment directory, and what a restore finds on its host. */
export const files = {
  caOfTargets: 'storage-ca.pem',
  ca: '/root/ca.pem',
  knownHosts: '/root/known_hosts',
} as const;

/** What matrix.yaml says of a server, in which a user of this name has the password that is set. */
export async function settingsOf(server: StorageServer, user: string): Promise<object> {
  const { kind, name, origin } = server;
  if (kind === 'sftp') {
    const at = { kind, host: name, user: 'keeper', path: '/srv/disk/matrix' };
    return { ...at, host_key: (await server.hostKey()).trim() };
  }
  const ca = files.caOfTargets;
  const password = { from_secret: secretNames.password };
  return kind === 'rest'
    ? { kind, url: `${origin}/matrix`, user, password, ca }
    : {
        ...{ kind, endpoint: origin, bucket: 'bucket', prefix: 'matrix', region: 'us-east-1', ca },
        ...{ access_key: { from_secret: secretNames.user }, secret_key: password },
      };
}

/** The address of the backups on a server, for `restore --from`, with the flags by which it is recognized. */
export function addressFlags({ kind, name, origin }: StorageServer): string[] {
  switch (kind) {
    case 'rest':
      return [`rest:${origin}/matrix`, '--ca', files.ca];
    case 's3':
      return [`s3:${origin}/bucket/matrix`, '--ca', files.ca, '--region', 'us-east-1'];
    case 'sftp':
      return [`sftp://keeper@${name}//srv/disk/matrix`, '--known-hosts', files.knownHosts];
  }
}

/** All that somebody sees on a host, while something runs there, who looks at the containers and the processes. */
export async function shownWhile(host: Host, running: Promise<unknown>): Promise<string> {
  const seen: string[] = [];
  let isRunning = true;
  const end = () => {
    isRunning = false;
  };
  running.then(end, end);
  while (isRunning) {
    const look = 'docker ps -q | xargs -r docker inspect; ps axww -o args';
    seen.push((await host.exec(['sh', '-c', look])).stdout);
    // Looking takes the processor from what is looked at, and no container lives so shortly.
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return seen.join();
}
