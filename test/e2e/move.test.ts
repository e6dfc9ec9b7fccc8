import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { installSsh, letIn } from '../lab/ssh-tree.ts';
import { Client } from './support/client.ts';
import { deaths, runWhile } from './support/deaths.ts';
import { Deployment } from './support/deployment.ts';
import { fillDisk, freeDisk } from './support/disk.ts';
import { initPublicly } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const images = [...stackImages, testedImage('restic')];
const names = ['alpha.test', 'matrix.alpha.test'];
const alpha = await lab.host('alpha', { images, names });
const beta = await lab.host('beta', { images, diskBytes: 40e9 });
const old = new Deployment(alpha, { serverName: 'alpha.test' });
const moved = new Deployment(beta, { serverName: 'alpha.test' });
const there = 'root@beta.lab';
const text = 'media '.repeat(50_000);
const digest = (content: string) => createHash('sha256').update(content).digest('hex');

/** Somebody elsewhere, who finds the server by its name. */
const client = new Client({ from: beta, url: 'https://matrix.alpha.test' });
let token: string;
let password: string;
let room: string;
let media: string;
let keys: unknown;
let orders: number;

const serverKeys = async () => (await client.call('GET', '/_matrix/key/v2/server')).body.verify_keys;
const session = () => client.as(token);

const download = async () =>
  digest(await session().curl([], `/_matrix/client/v1/media/download/${media.replace('mxc://', '')}`));

/** By table, how many rows there are. */
async function rows(deployment: Deployment): Promise<string> {
  const tables = ['users', 'rooms', 'events', 'devices', 'local_media_repository'];
  const sql = tables.map((table) => `select '${table}', count(*) from ${table}`).join(' union all ');
  const { Id } = await deployment.container('postgres');
  const psql = ['psql', '-qAtX', '-U', 'postgres', '-d', 'synapse', '-c', `${sql} order by 1`];
  return deployment.host.run(['docker', 'exec', Id, ...psql]);
}

const running = async (deployment: Deployment) =>
  (await deployment.host.run(['docker', 'ps', '--format', '{{.Names}}'])).split('\n').filter(Boolean);

const phase = async () => JSON.parse(await old.readFile('state/move.json')).phase;

/** No command starts the server here, nor does the host when it starts again. */
async function expectNotStartedHere(): Promise<void> {
  for (const argv of [['apply'], ['init', '--yes'], ['backup'], ['restore', '--yes']]) {
    const { stderr } = await old.exits(4, ...argv);
    expect(stderr).toContain(there);
  }
  await alpha.powerOff();
  await alpha.boot();
  expect((await running(old)).filter((name) => !name.includes('postgres'))).toEqual([]);
  expect(await alpha.exists('/srv/matrix/docker-compose.yml')).toBe(false);
}

/** Begins a move, and kills it when something is so. */
async function killMoveWhen(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const run = await alpha.spawn(old.command('move', there, '--yes'));
  const ended = new Promise<void>((resolve) => run.once('close', () => resolve()));
  let said = '';
  run.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const isOver = { code: undefined as number | null | undefined };
  run.once('close', (code) => {
    isOver.code = code;
  });
  const seen = async () => {
    if (isOver.code !== undefined) throw new Error(`it ended with ${isOver.code}:\n${said}`);
    return isSo();
  };
  await waitUntil(what, seen, { seconds: 120 });
  await alpha.exec(['pkill', '-KILL', '-f', 'matrix-deploy.cjs move']);
  await ended;
}

const runsSynapse = async (deployment: Deployment) =>
  (await running(deployment)).some((name) => name.includes('synapse'));

/** Runs a command until it succeeds, or has died before the last of these effects; at no time do both hosts serve. */
async function dyingBefore(effects: readonly RegExp[], ...argv: string[]): Promise<void> {
  const among = new RegExp(effects.map(({ source }) => source).join('|'));
  const survived: string[] = [];
  for await (const effect of deaths(old, argv, { among })) {
    survived.push(effect);
    expect([await runsSynapse(old), await runsSynapse(moved)], effect).not.toEqual([true, true]);
    if (effects.at(-1)?.test(effect)) break;
  }
  for (const effect of effects)
    expect(
      survived.filter((one) => effect.test(one)),
      `${effect}`,
    ).not.toEqual([]);
}

beforeAll(async () => {
  await old.exits(0, ...initPublicly(old));
  await Promise.all([installSsh(alpha), installSsh(beta)]);
  await letIn(beta, alpha, 'beta.lab');
  password = await old.readFile('secrets/admin_password');
  const body = (
    await client.call('POST', '/_matrix/client/v3/login', {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'admin' },
      password,
    })
  ).body;
  token = body.access_token;
  room = await session().createRoom({ name: 'old' });
  for (const number of [1, 2, 3]) await session().say(room, `old ${number}`);
  media = (await session().call('POST', '/_matrix/media/v3/upload?filename=x.txt', { text })).body
    .content_uri;
  keys = await serverKeys();
  orders = await lab.acme.orders();
});

describe('move', () => {
  it.each<[string, string, string[], () => Promise<unknown>]>([
    ['a host that does not let it in', 'ssh.failed', ['root@alpha.lab'], async () => ''],
    [
      'a directory that is not empty',
      'move.used',
      [there, '--directory-there', '/srv/mine'],
      async () => beta.writeFile('/srv/mine/file', ''),
    ],
    [
      'this host',
      'move.same',
      ['root@alpha.lab'],
      async () => {
        await letIn(alpha, alpha, 'alpha.lab');
        const key = await beta.readFile('/etc/ssh/ssh_host_ed25519_key.pub');
        await alpha.run(['sh', '-c', 'cat >>/root/.ssh/known_hosts'], { input: `beta.lab ${key}` });
      },
    ],
  ])('must refuse %s, and change nothing', async (_, code, argv, prepare) => {
    await prepare();
    const { exitCode, stderr } = await old.cli('move', ...argv, '--yes', '--json', '--quiet');
    expect({ exitCode: exitCode === 2 || exitCode === 4, error: JSON.parse(stderr).error }).toMatchObject({
      exitCode: true,
      error: { code },
    });
    expect(await old.host.exists('/srv/matrix/state/move.json')).toBe(false);
    expect(await beta.exists('/srv/matrix')).toBe(false);
    expect(await session().isLoggedIn()).toBe(true);
  });

  it('that is killed once the server is stopped must start it nowhere, and be ended by --abort', async () => {
    await dyingBefore(
      [/move\.json preparing/, /volumes\/create.*moved/, /rename .*compose/, /\/stop/],
      ...['move', there, '--yes'],
    );
    await killMoveWhen('a server without Synapse and proxy', async () => {
      const names = await running(old);
      return !names.some((name) => /synapse|traefik/.test(name));
    });
    expect(await phase()).toBe('stopping');
    await expectNotStartedHere();
    await old.exits(0, 'move', '--abort');
    expect(await session().read(room)).toEqual(['old 3', 'old 2', 'old 1']);
    expect(await beta.run(['sh', '-c', 'ls -d /srv/matrix /srv/matrix.moving 2>/dev/null || true'])).toBe('');
    await old.exits(0, 'plan', '--exit-code');
  });

  it('must tell of a disk there that gets full, and serve here', async () => {
    for (const [before, path] of [
      [/--no-same-owner/, '/srv'],
      [/ --same-owner/, '/srv'],
      [/--key-file/, '/srv/matrix/state/restore/deployment/data/postgres'],
    ] as const) {
      const happen = async () => {
        await waitUntil(path, () => beta.exists(path), { seconds: 120 });
        await fillDisk(beta);
      };
      const filling = { before, happen, goesOn: path !== '/srv' };
      const { exitCode, stderr } = await runWhile(old, ['move', there, '--yes'], filling);
      await freeDisk(beta);
      expect(exitCode).toBeGreaterThan(0);
      expect(stderr).toMatch(/no space left|disk is full/i);
      expect(await session().read(room)).toEqual(['old 3', 'old 2', 'old 1']);
      expect(await running(moved)).toEqual([]);
    }
  });

  it('that is killed during the restore must be continued, with the same server in the end', async () => {
    const before = await rows(old);
    await dyingBefore([/move\.json restoring/], 'move', there, '--yes');
    await killMoveWhen('a restore there', () => beta.exists('/srv/matrix/state/restore'));
    expect(await phase()).toBe('restoring');
    await expectNotStartedHere();
    await dyingBefore([/move\.json moved/], 'move', there, '--yes');
    await expectNotStartedHere();
    const answer = await old.ask<{
      downtimeSeconds: number;
      outside: { verdict: string }[];
      names: string[];
      addresses: string[];
    }>('move', there, '--yes');
    expect(answer).toMatchObject({ names: expect.arrayContaining(names), addresses: [beta.address] });
    expect(answer.downtimeSeconds).toBeGreaterThan(0);
    expect(answer.outside.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    expect(await moved.readFile('secrets/signing.key')).toBe(await old.readFile('secrets/signing.key'));
    for (const name of names) await lab.dns.set(name, 'A', beta.address);
    expect(await rows(moved)).toBe(before);
    expect(await serverKeys()).toEqual(keys);
    // The certificates came with the data.
    expect(await lab.acme.orders()).toBe(orders);
    expect(await session().read(room)).toEqual(['old 3', 'old 2', 'old 1']);
    expect(await (await client.logIn('admin', password)).isLoggedIn()).toBe(true);
    expect(await download()).toBe(digest(JSON.stringify({ text })));
    await moved.exits(0, 'plan', '--exit-code');
  });

  it('must leave nothing here that starts, and say where the server is', async () => {
    expect(await running(old)).toEqual([]);
    await expectNotStartedHere();
    await alpha.run(['cp', '-a', '/srv/matrix/secrets/backup.key', '/root/key']);
    await alpha.run(['chmod', '600', '/root/key']);
    const elsewhere = new Deployment(alpha, { directory: '/srv/other' });
    const from = ['restore', '--from', '/srv/matrix/backups', '--key-file', '/root/key'];
    expect((await elsewhere.exits(4, ...from)).stderr).toContain('was moved from /srv/matrix');
    expect((await old.exits(8, 'status')).stdout).toContain(`was moved to ${there}`);
    expect(await running(old)).toEqual([]);
  });

  it('must bring it back only when that is agreed to, and stop it there first', async () => {
    await old.exits(2, 'move', '--abort');
    expect(await running(moved)).toHaveLength(3);
    await dyingBefore(
      [/move\.json returning/, /move\.json returned/, /DELETE \/volumes.*moved/, /rename .*compose/],
      ...['move', '--abort', '--yes'],
    );
    await old.exits(0, 'move', '--abort', '--yes');
    expect(await running(moved)).toEqual([]);
    const { stderr } = await moved.exits(4, 'apply');
    expect(stderr).toContain('moved back');
    for (const name of names) await lab.dns.set(name, 'A', alpha.address);
    expect(await session().read(room)).toEqual(['old 3', 'old 2', 'old 1']);
    expect(await lab.acme.orders()).toBe(orders);
  });
});
