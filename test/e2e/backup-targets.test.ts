import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { Authority } from '../lab/certificates.ts';
import { waitUntil } from '../lab/command.ts';
import type { Login, StorageKind, StorageServer } from '../lab/storage-servers.ts';
import {
  addressFlags,
  files,
  kinds,
  rentServers,
  secretNames,
  settingsOf,
  shownWhile,
} from './support/backup-targets.ts';
import { localClient, logInAsAdmin } from './support/client.ts';
import { runWhile } from './support/deaths.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const images = [...stackImages, testedImage('restic')];
const alpha = await lab.host('alpha', { images });
const beta = await lab.host('beta', { images });
const deployment = new Deployment(alpha);
const authority = await Authority.create('CA of the storage');
const login: Login = { user: 'alice', password: 'a password-0123456789' };
const otherPassword: Login = { user: 'alice', password: 'another-0123456789' };
const otherKey: Login = {
  user: 'keeper',
  password: `ssh-ed25519 ${Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0 12345678901234567890123456789012').toString('base64')}`,
};

/** Shortens how long a server may be silent: 36 seconds, and 12 when it is asked for the first time. */
const impatient = ['env', 'MATRIX_DEPLOY_PATIENCE=0.3'];

interface Listed {
  sets: { id: string; target: string; state: string }[];
  failures: { target: string; code: string; message: string }[];
}
interface Status {
  findings: { finding: string }[];
  backups: { target: string; readBack: object | null }[];
}

let servers: Record<StorageKind, StorageServer>;
/** Whom each lets in. */
const own: Record<StorageKind, Login> = { rest: login, s3: login, sftp: otherKey };
/** What is in each target. */
const kept: Partial<Record<string, Listed['sets']>> = {};

const ask = <Answer>(...argv: string[]) => deployment.ask<Answer>('backup', ...argv);
const list = async () => (await ask<Listed>('list')).sets;
const readBack = async () => {
  const { stdout } = await deployment.cli('status', '--json');
  const { backups }: Status = JSON.parse(stdout);
  return Object.fromEntries(backups.map((one) => [one.target, one.readBack]));
};

/** Makes these the targets of matrix.yaml, and no others. */
async function useTargets(some: readonly StorageKind[], others: Record<string, object> = {}): Promise<void> {
  const targets: Record<string, object> = {};
  for (const kind of some) targets[kind] = await settingsOf(servers[kind], login.user);
  await deployment.edit({ backup: { targets: { ...targets, ...others } } });
}

async function setSecret(name: string, value: string): Promise<void> {
  const command = deployment.command('secrets', 'set', name, '--file', '-');
  await alpha.run(command, { input: value });
}

/** A command that fails with 9. @returns what its error says, as JSON has it */
async function failure(
  argv: string[] = [],
  patience: string[] = [],
): Promise<{ code: string; message: string }> {
  const command = [...patience, ...deployment.command('backup', ...argv, '--json', '--quiet')];
  const { exitCode, stderr } = await alpha.exec(command, { timeoutSeconds: 240 });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 9 });
  return JSON.parse(stderr).error;
}

/** Uploads a file that no compression makes small. */
async function upload(bytes: number): Promise<void> {
  const admin = await logInAsAdmin(deployment);
  await alpha.run(['sh', '-c', `head -c ${bytes} /dev/urandom >/root/file`]);
  await admin.curl(['--data-binary', '@/root/file'], '/_matrix/media/v3/upload?filename=file');
}

/** Makes a backup, to which something happens as soon as a dump is sent. */
async function whileDumping(patience: string[], happen: () => Promise<unknown>, ...flags: string[]) {
  const command = [...patience, ...deployment.command('backup', ...flags)];
  const running = alpha.exec(command, { timeoutSeconds: 240 });
  const isAtWork = async () =>
    (await alpha.run(['docker', 'ps', '--no-trunc'])).includes('--stdin-from-command');
  const tooEarly = running.then((ended) => Promise.reject(new Error(ended.stderr)));
  tooEarly.catch(() => undefined);
  await Promise.race([waitUntil('a dump', isAtWork, { seconds: 200 }), tooEarly]);
  await happen();
  return running;
}

beforeAll(async () => {
  const renting = rentServers(lab, authority);
  await deployment.init();
  await deployment.writeFile(files.caOfTargets, authority.certificate.toString('pem'));
  await setSecret(secretNames.user, login.user);
  await setSecret(secretNames.password, login.password);
  const admin = await logInAsAdmin(deployment);
  const room = await admin.createRoom({ name: 'kept' });
  await admin.say(room, 'before the backup');
  await upload(20_000_000);
  servers = await renting;
  for (const kind of kinds) await servers[kind].start(own[kind]);
  await useTargets(kinds);
});

describe('targets on other machines', () => {
  it('must prove themselves by what is written, read and deleted there', async () => {
    // It makes a key, which the server does not know yet.
    const { stderr } = await deployment.exits(9, 'backup', 'check-target', 'sftp');
    own.sftp = { user: 'keeper', password: /ssh-ed25519 \S+/.exec(stderr)?.[0] ?? '' };
    await servers.sftp.start(own.sftp);
    const { targets } = await ask<{ targets: object[] }>('check-target');
    expect(targets).toMatchObject(kinds.map((target) => ({ target, canDelete: true })));
    expect(await ask<Listed>('list')).toMatchObject({ sets: [], failures: [] });
  });

  it('must take verified backups, and show no secret to who looks at the containers', async () => {
    const running = ask<{ backups: { target: string; checks: string[] }[] }>();
    const seen = await shownWhile(alpha, running);
    const { backups } = await running;
    expect(seen).toContain('--stdin-from-command');
    expect(seen).not.toContain(login.password);
    expect(seen).not.toContain('PRIVATE KEY');
    expect(backups.map(({ checks }) => checks[0])).toEqual(
      kinds.map(() => expect.stringContaining('part 1 of 30')),
    );
    const sets = await list();
    expect(sets).toMatchObject(kinds.map((target) => ({ target, state: 'verified' })));
    for (const set of sets) kept[set.target] = [set];
    const part = { read: 1, parts: 30 };
    expect(await readBack()).toMatchObject({ rest: part, s3: part, sftp: part });
  });

  it('that refuse the login must keep no other from its backup, nor from being listed', async () => {
    await useTargets(kinds, { disk: { kind: 'local', path: '/srv/disk' } });
    for (const kind of kinds) await servers[kind].start(kind === 'sftp' ? otherKey : otherPassword);
    expect(await failure()).toMatchObject({
      code: 'backup.repository.refused',
      message: expect.stringContaining('target rest'),
    });
    const { stdout } = await deployment.exits(9, 'backup', 'list', '--json');
    const { sets, failures }: Listed = JSON.parse(stdout);
    expect(sets).toMatchObject([{ target: 'disk', state: 'verified' }]);
    const refused = kinds.map((target) => ({ target, code: 'backup.repository.refused' }));
    expect(failures).toMatchObject(refused);
    const { findings }: Status = JSON.parse((await deployment.exits(8, 'status', '--json')).stdout);
    const told = findings.map(({ finding }) => finding).filter((text) => text.includes('refuses the user'));
    expect(told).toHaveLength(kinds.length);
    for (const kind of kinds) await servers[kind].start(own[kind]);
    expect(await list()).toEqual([...Object.values(kept).flat(), ...sets]);
  });

  it('whose login expires during an unattended backup must get none, and lose none, until they have the new one', async () => {
    await useTargets(['s3']);
    const expire = () => servers.s3.start(otherPassword);
    const { exitCode, stderr } = await whileDumping([], expire, '--wait', '1m');
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 9,
      stderr: expect.stringMatching(/dumping the database[\s\S]*refuses the user/),
    });
    expect(await failure(['--wait', '1m'])).toMatchObject({
      code: 'backup.repository.refused',
      message: expect.stringContaining('opening the repository'),
    });
    const { findings }: Status = JSON.parse((await deployment.exits(8, 'status', '--json')).stdout);
    expect(findings.map(({ finding }) => finding).join('\n')).toContain('opening the repository');
    await setSecret(secretNames.password, otherPassword.password);
    expect(await list()).toEqual(kept.s3);
    await setSecret(secretNames.password, login.password);
    await servers.s3.start(own.s3);
    await useTargets(['rest']);
  });
});

/** Ends a server as soon as some of a directory has come from it, over a line that leaves time for that. */
async function vanishHalfWay(server: StorageServer, directory: string): Promise<void> {
  const hasSome = async () => {
    const { stdout } = await beta.exec(['du', '--summarize', '--block-size=1', directory]);
    return Number.parseInt(stdout, 10) > 300_000;
  };
  await waitUntil('some of the files', hasSome, { seconds: 60 });
  await server.stop();
  await server.machine.restore();
}

/** Restores on a host that has nothing of the server, from its address and the keys. */
async function restoreFrom(kind: StorageKind) {
  const server = servers[kind];
  const restored = new Deployment(beta, { directory: `/srv/${kind}` });
  await beta.writeFile(files.ca, authority.certificate.toString('pem'));
  await beta.writeFile('/root/key', await deployment.readFile('secrets/backup.key'), '0600');
  await beta.writeFile(files.knownHosts, `${servers.sftp.name} ${await servers.sftp.hostKey()}\n`);
  const right =
    kind === 'sftp'
      ? await deployment.readFile('secrets/backup_ssh.key')
      : `${login.user}\n${login.password}\n`;
  const keys = ['--key-file', '/root/key', '--credentials-file', '-'];
  const argv = ['restore', '--from', ...addressFlags(server), ...keys];
  const given = (input: string) => beta.exec(restored.command(...argv), { input, timeoutSeconds: 500 });
  // What each kind says of a wrong login is known by now; that it ends a restore is the same for all.
  if (kind === 'rest') expect((await given(right.replace(/[0-9]/g, '1'))).exitCode).not.toBe(0);
  // The other host asks nothing of this one meanwhile.
  if (kind === 's3') {
    await server.machine.impair({ bytesPerSecond: 2e6 });
    const { exitCode, stderr } = await runWhile(restored, argv, {
      before: /\brestore&.*:\/data-synapse/,
      happen: () => vanishHalfWay(server, restored.path('state/restore/deployment/data/synapse')),
      goesOn: true,
      ...{ input: right, env: { MATRIX_DEPLOY_PATIENCE: '0.3' } },
    });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 9,
      stderr: expect.stringMatching(/restoring .* failed: .*the server does not answer/),
    });
    expect(await beta.run(['find', restored.directory, '-mindepth', '2', '!', '-name', '*.log'])).toBe('');
    await server.start(own[kind]);
  }
  expect(await given(right)).toMatchObject({ exitCode: 0 });
  expect(await (await logInAsAdmin(restored)).isLoggedIn()).toBe(true);
  const key = async (one: Deployment) =>
    (await (await localClient(one)).call('GET', '/_matrix/key/v2/server')).body.verify_keys;
  expect(await key(restored)).toEqual(await key(deployment));
  await restored.exits(0, 'destroy', '--delete-data', '--confirm', 'localhost');
}

describe('a target that fails', () => {
  /** Meanwhile, on the other host. */
  let restoring: Promise<void>;

  beforeAll(() => {
    restoring = restoreFrom('s3').then(() => restoreFrom('sftp'));
    // It is awaited by its own test.
    restoring.catch(() => undefined);
  });

  it.each([
    ['is full', 'full', () => servers.rest.leaveRoom(1), () => servers.rest.leaveRoom(200)],
    ['does not answer', 'unreachable', () => servers.rest.stop(), () => servers.rest.start(own.rest)],
  ] as const)(
    'since it %s must take no backup, and keep those that it has',
    async (_, why, breakIt, fixIt) => {
      await upload(5_000_000);
      await breakIt();
      expect(await failure([], impatient)).toMatchObject({ code: `backup.repository.${why}` });
      await fixIt();
      expect(await list()).toEqual(kept.rest);
      await deployment.exits(8, 'status');
    },
  );

  it.each([
    ['it vanishes', impatient, () => servers.rest.stop(), / failed: /],
    ['its login expires', [], () => servers.rest.start(otherPassword), /refuses the user/],
  ])('since %s half-way must take no backup', async (_, patience, breakIt, said) => {
    const { exitCode, stderr } = await whileDumping(patience, breakIt);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 9, stderr: expect.stringMatching(said) });
    await servers.rest.start(own.rest);
    expect(await list()).toEqual(kept.rest);
  });

  it('must have none of a run that was killed', async () => {
    await whileDumping([], () => alpha.exec(['pkill', '-KILL', '-f', 'matrix-deploy.cjs backup']));
    expect(await list()).toEqual(kept.rest);
  });

  it('must take the next backup when it works again, lose what killed runs have left, and read all that it holds with --full-verify', async () => {
    await deployment.exits(0, 'backup', '--full-verify');
    const { manifest } = await ask<{ manifest: { checks: string[] } }>('show');
    expect(manifest.checks[0]).not.toContain('part');
    expect(await readBack()).toEqual({ rest: { read: 30, parts: 30, within: '30d' } });
    await deployment.exits(0, 'status');
    await deployment.exits(0, 'backup', 'prune');
    await deployment.exits(0, 'backup', 'verify');
    expect((await alpha.run(['docker', 'ps', '--quiet'])).split('\n')).toHaveLength(3);
    expect(await deployment.run(['find', 'cache', '-name', 'pipe-*'])).toBe('');
  });

  it('since it only grows must be told as such, and keep what backup.keep does not', async () => {
    await servers.rest.start(own.rest, ['--append-only']);
    const { targets } = await ask<{ targets: object[] }>('check-target');
    expect(targets).toMatchObject([{ canDelete: false }]);
    await deployment.edit({ backup: { keep: { daily: 1, weekly: 0, monthly: 0 } } });
    const before = await list();
    const { stderr } = await deployment.exits(0, 'backup');
    expect(stderr).toContain('nothing can be deleted');
    expect((await list()).slice(0, -1)).toEqual(before);
    const [oldest] = before;
    expect(await failure(['forget', oldest?.id ?? '', '--confirm', oldest?.id ?? ''])).toMatchObject({
      code: 'backup.repository.append-only',
    });
    await servers.rest.start(own.rest);
    await deployment.exits(0, 'backup', 'prune');
    expect(await list()).toHaveLength(1);
  });

  it('must give the server back on an empty host, from its address and the keys', {
    timeout: 600_000,
  }, async () => {
    await restoring;
    await restoreFrom('rest');
  });

  it('since it has another host key must be sent nothing', async () => {
    await useTargets(['sftp']);
    await servers.sftp.renewHostKey();
    await servers.sftp.start(own.sftp);
    expect(await failure()).toMatchObject({ code: 'backup.repository.host-key' });
  });
});
