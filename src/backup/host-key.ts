import { createHash } from 'node:crypto';

/** A public key of an ssh server, as in `known_hosts` after the name. */
export interface HostKey {
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  /** In base64. */
  readonly blob: string;
}

/** Where an ssh server listens. */
export interface SshServer {
  readonly host: string;
  readonly port: number;
}

const keyLine = /^(?:\S+ )?((?:ssh|ecdsa|sk-ssh|sk-ecdsa)-\S+) ([A-Za-z0-9+/]+=*)(?: .*)?$/;

/** Parses the keys in the output of `ssh-keyscan`, in `known_hosts` or in a file like `ssh_host_ed25519_key.pub`. */
export function parseHostKeys(text: string): HostKey[] {
  return text.split('\n').flatMap((line) => {
    const [, type, blob] = keyLine.exec(line.trim()) ?? [];
    return type === undefined || blob === undefined ? [] : [{ type, blob }];
  });
}

/** The fingerprint in the format of `ssh-keygen -l`: `SHA256:` and base64 without padding. */
export function fingerprintOf({ blob }: HostKey): string {
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}

/** Whether `named`, a fingerprint or a complete public key, names this key. */
export function isNamed(key: HostKey, named: string): boolean {
  return named.startsWith('SHA256:')
    ? fingerprintOf(key) === named
    : parseHostKeys(named).some(({ type, blob }) => type === key.type && blob === key.blob);
}

/** A line of `known_hosts`. */
export function knownHost(server: SshServer, { type, blob }: HostKey): string {
  return `${nameOf(server)} ${type} ${blob}`;
}

/** Whether a line of `known_hosts` is about this server. */
export function isAbout(server: SshServer, line: string): boolean {
  return line.startsWith(`${nameOf(server)} `);
}

/** The name of a server in `known_hosts`. It includes the port only if that is not 22. */
function nameOf({ host, port }: SshServer): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

/** The keys of a server in lines of `known_hosts`. */
export function keysOf(server: SshServer, lines: string): HostKey[] {
  const own = lines.split('\n').filter((line) => isAbout(server, line));
  return parseHostKeys(own.join('\n'));
}
