import { join } from 'node:path';
import type { Deployment } from '../../apply/deployment.ts';
import {
  fingerprintOf,
  type HostKey,
  isAbout,
  isNamed,
  keysOf,
  knownHost,
  parseHostKeys,
  type SshServer,
} from '../../backup/host-key.ts';
import { binaryOwner } from '../../backup/restic-binary.ts';
import type { Engine } from '../../docker/engine.ts';
import { BackupError } from '../../errors.ts';
import { ensureDirectory, readIfExists, writeAtomically } from '../../host/files.ts';
import { lastLines } from '../../host/text.ts';
import { layout, modes } from '../../layout.ts';

/** A server whose host key must be known before anything is sent to it. */
interface PinnedServer extends SshServer {
  /** The server's key or its fingerprint, from matrix.yaml; absent if matrix.yaml names none. */
  readonly host_key?: string | undefined;
}

/**
 * Asks about the fingerprints of a server's keys, if matrix.yaml names no key of that server.
 *
 * @returns whether they are that server's
 */
export type ConfirmHostKey = (server: SshServer, fingerprints: readonly string[]) => Promise<boolean>;

/**
 * The keys by which a server is recognized, as lines of `known_hosts`: those that matrix.yaml names in full, and
 * those that were received and confirmed before.
 *
 * @throws BackupError if none is known yet
 */
export async function knownHosts(directory: string, server: PinnedServer): Promise<string> {
  const { host_key: named } = server;
  const inFull = named === undefined ? [] : parseHostKeys(named);
  const known = keysOf(server, (await readIfExists(join(directory, layout.knownHosts))) ?? '');
  const keys = [...inFull, ...known.filter((key) => named === undefined || isNamed(key, named))];
  if (keys.length === 0) {
    throw new BackupError(`the host key of ${server.host} is not known yet`, {
      code: 'backup.host-key',
      hint: 'Run `matrix-deploy backup check-target`: it compares it with host_key of the target, or asks.',
    });
  }
  return `${keys.map((key) => knownHost(server, key)).join('\n')}\n`;
}

/**
 * Asks a server for its keys, and stores those that `host_key` names or, without it, those that `confirm` accepts.
 * Does nothing if a key is already known.
 *
 * @throws BackupError if the server does not answer, or has no key that is named or confirmed
 */
export async function pinHostKey(
  { directory, engine }: Pick<Deployment, 'directory' | 'engine'>,
  { project, image }: { project: string; image: string },
  server: PinnedServer,
  confirm: ConfirmHostKey,
): Promise<void> {
  if ((await knownHosts(directory, server).catch(() => undefined)) !== undefined) return;
  const keys = await judgedKeys(await scan(engine, { project, image }, server), server, confirm);
  const path = join(directory, layout.knownHosts);
  const others = ((await readIfExists(path)) ?? '')
    .split('\n')
    .filter((line) => line !== '' && !isAbout(server, line));
  await ensureDirectory(join(directory, layout.state), modes.stateDirectory);
  const lines = [...others, ...keys.map((key) => knownHost(server, key))];
  await writeAtomically(path, `${lines.join('\n')}\n`, modes.state);
}

/** Those of the received keys that are confirmed to be the server's. */
async function judgedKeys(
  seen: readonly HostKey[],
  server: PinnedServer,
  confirm: ConfirmHostKey,
): Promise<readonly HostKey[]> {
  const { host, host_key: named } = server;
  const fingerprints = seen.map((key) => `${fingerprintOf(key)} (${key.type})`);
  if (named !== undefined) {
    const own = seen.filter((key) => isNamed(key, named));
    if (own.length > 0) return own;
    throw new BackupError(`${host} has another host key than the expected one`, {
      code: 'backup.host-key',
      details: fingerprints,
      hint: 'Compare them on the server itself: `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`. Nothing was sent to it.',
    });
  }
  if (await confirm(server, fingerprints)) return seen;
  throw new BackupError(`nobody has confirmed the host keys of ${host}`, {
    code: 'backup.host-key',
    details: fingerprints,
    hint: 'Compare them on the server itself, then set host_key of the target in matrix.yaml to one of them. Nothing was sent to it.',
  });
}

/** Asks a server for its keys, from a container. */
async function scan(
  engine: Engine,
  { project, image }: { project: string; image: string },
  { host, port }: SshServer,
): Promise<HostKey[]> {
  const { output } = await engine.run({
    ...{ project, image, user: binaryOwner, environment: {}, mounts: [], tmpfs: [] },
    networks: ['outward'],
    entrypoint: ['ssh-keyscan', '-T', '10', '-p', String(port), '--', host],
  });
  const keys = parseHostKeys(output);
  if (keys.length === 0) {
    throw new BackupError(`${host} does not answer on port ${port}`, {
      code: 'backup.repository.unreachable',
      details: lastLines(output, 5),
      hint: 'Compare its address, and see whether a firewall is between.',
    });
  }
  return keys;
}
