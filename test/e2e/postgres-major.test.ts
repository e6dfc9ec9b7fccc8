import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import type { ExecResult } from '../lab/executor.ts';
import { type Client, logInAsAdmin } from './support/client.ts';
import { deaths } from './support/deaths.ts';
import { Deployment } from './support/deployment.ts';
import { fillDisk, freeDisk } from './support/disk.ts';
import { jobStarts } from './support/moments.ts';
import { stackImages } from './support/stack-images.ts';

const older = { synapse: 'matrixdotorg/synapse:v1.157.2', postgres: 'postgres:15' };
const newer = { synapse: testedImage('synapse'), postgres: testedImage('postgres') };
const newest = 'postgres:18';
/** What somebody upgrading from that Synapse must know of. */
const notice = 'synapse-1.162-room-version-12';
const lab = await attachLab();
const host = await lab.host('alpha', {
  images: [...stackImages, testedImage('restic'), ...Object.values(older), newest],
  diskBytes: 4e9,
});
const deployment = new Deployment(host);
let admin: Client;
let room: string;

interface Answer {
  readonly upgrade: { readonly checks: readonly string[]; readonly keepsCopy: boolean };
}

async function sql(database: string, statement: string): Promise<string> {
  const { Id } = await deployment.container('postgres');
  const psql = ['psql', '-qAtX', '-U', 'postgres', '-d', database, '-c', statement];
  return (await host.run(['docker', 'exec', Id, ...psql])).trim();
}

const synapseVersion = async () =>
  (await admin.call('GET', '/_matrix/federation/v1/version')).body.server.version as string;

/** The data directories of Postgres, without what tells one upgrade from another. */
async function directories(): Promise<string[]> {
  const found = (await deployment.run(['ls', 'data'])).split('\n');
  return found
    .filter((name) => name.startsWith('postgres'))
    .map((name) => name.replace(/-.*/, ''))
    .sort();
}

/**
 * Tries to upgrade while a database holds what is not Synapse's: it must end with this, and leave the files of before alone.
 *
 * @param foreign its kind and name, in SQL
 * @param content what it is created with
 */
async function upgradeWith(database: string, foreign: string, exitCode: number, content = '') {
  await sql(database, `create ${foreign} ${content}`);
  const result = await deployment.exits(exitCode, 'upgrade', '--yes', '--no-backup', '--postgres', '17');
  await sql(database, `drop ${foreign}`);
  expect(await directories()).toEqual(['postgres']);
  return result;
}

async function mustServeWith(major: string, last: string): Promise<void> {
  expect(await sql('synapse', 'show server_version')).toMatch(new RegExp(`^${major}\\.`));
  expect(await sql('synapse', 'show data_checksums')).toBe('on');
  expect(await admin.isLoggedIn()).toBe(true);
  expect((await admin.read(room))[0]).toBe(last);
  await deployment.exits(0, 'plan', '--exit-code');
}

const setImages = ({ synapse, postgres }: typeof older) =>
  deployment.edit({ synapse: { image: synapse }, postgres: { image: postgres } });

/** Runs matrix-deploy to its end, and does something as soon as databases are being copied. */
async function whileCopying(argv: readonly string[], work: () => Promise<unknown>): Promise<ExecResult> {
  const copying = jobStarts(newer.postgres)(deployment);
  const run = deployment.cli(...argv);
  await Promise.race([copying, run.then(({ stderr }) => Promise.reject(new Error(`too early: ${stderr}`)))]);
  await work();
  return run;
}

const results = async () => {
  const { upgrades } = await deployment.ask<{ upgrades: { result: string }[] }>('history');
  return upgrades.map(({ result }) => result);
};

beforeAll(async () => {
  await deployment.exits(0, 'init', '--local', '--yes', '--no-start', '--server-name', 'localhost');
  await setImages(older);
  await deployment.init();
  admin = await logInAsAdmin(deployment);
  room = await admin.createRoom();
  await admin.say(room, 'before');
});

describe('an upgrade to another major release of Postgres', () => {
  it('must be told with its space and time, and change nothing until it is agreed to', async () => {
    const before = await deployment.snapshot();
    const { stdout } = await deployment.exits(0, 'upgrade', '--dry-run', '--postgres', '17');
    expect(stdout).toContain('postgres 15 -> 17');
    expect(stdout).toMatch(/needs .* of free disk/);
    expect(stdout).toMatch(/The downtime is about/);
    expect(await deployment.snapshot()).toEqual(before);
  });

  it('must not leave a database of somebody else behind without a word', async () => {
    const { stderr } = await upgradeWith('postgres', 'database wiki', 4);
    expect(stderr).toContain('wiki');
  });

  it('must bring everything back by itself when something cannot come along', async () => {
    const { stderr } = await upgradeWith('synapse', 'table foreign_table', 5, 'as select 1 as one');
    expect(stderr).toContain('foreign_table');
    await mustServeWith('15', 'before');
    expect(await results()).toEqual(['failed']);
  });

  it('must bring everything back by itself when the copy fills the disk', async () => {
    const argv = ['upgrade', '--yes', '--no-backup', '--postgres', '17'];
    const { exitCode, stderr } = await whileCopying(argv, () => fillDisk(host, 20_000));
    expect({ exitCode, stderr }).toEqual({ exitCode: 5, stderr: expect.stringContaining('No space left') });
    await mustServeWith('15', 'before');
    await freeDisk(host);
    expect(await directories()).toEqual(['postgres']);
    expect(await results()).toEqual(['failed', 'failed']);
  });
});

/** What is done to the server between the copy and the end. */
const switching =
  /\/stop\?|rename .*(data\/postgres|identity\.json)|compose .* up |networks\/.*\/(dis)?connect/;

/** Runs a command until it succeeds; it dies before each effect of the switch in turn. @returns before what */
async function dyingInSwitch(...argv: string[]): Promise<string[]> {
  const survived: string[] = [];
  for await (const effect of deaths(deployment, argv, { among: switching })) {
    survived.push(effect);
    expect(await directories(), `after death before ${effect}`).toHaveLength(2);
  }
  return survived;
}

describe('an edit of the images of Synapse and Postgres', () => {
  it('must leave a server that comes up by itself, when the power fails in the middle of the copy', async () => {
    await setImages(newer);
    const cutPower = () => host.powerOff();
    await whileCopying(['apply', '--ack', notice, '--no-backup'], cutPower).catch(() => {});
    await host.boot();
    await waitUntil('the server of before', () => admin.isLoggedIn().catch(() => false), { seconds: 60 });
    expect(await sql('synapse', 'show server_version')).toMatch(/^15\./);
    expect((await deployment.cli('status')).exitCode).not.toBe(0);
  });

  it('must upgrade both in one run, whatever apply dies before', async () => {
    const survived = await dyingInSwitch('apply');
    expect(survived.filter((effect) => effect.includes('data/postgres'))).toHaveLength(2);
    expect(survived.length).toBeGreaterThan(6);
    await mustServeWith('17', 'before');
    expect(await synapseVersion()).toBe('1.163.2');
    expect(await directories()).toEqual(['postgres', 'postgres.before']);
    // The files of before are the one copy: there is no second of Synapse's database.
    expect(await sql('postgres', "select count(*) from pg_database where datname like 'synapse%'")).toBe('1');
    expect((await results()).at(-1)).toBe('upgraded');
  });

  it('must be taken back by rollback, which says what is lost, whatever it dies before', async () => {
    await admin.say(room, 'since');
    await deployment.exits(4, 'upgrade', '--yes', '--no-backup', '--synapse', '1.163.3');
    expect((await deployment.exits(2, 'rollback')).stderr).toMatch(/\d+ events/);
    const survived = await dyingInSwitch('rollback', '--yes');
    expect(survived.filter((effect) => effect.includes('data/postgres'))).toHaveLength(2);
    await mustServeWith('15', 'before');
    expect(await synapseVersion()).toBe('1.157.2');
    expect(await directories()).toEqual(['postgres']);
  });
});

describe('an upgrade to another major release that is finished', () => {
  it('must have a backup from before, and leave only what is in use', async () => {
    await admin.say(room, 'last');
    const both = ['--synapse', '1.163.2', '--postgres', '17'];
    const { upgrade } = await deployment.ask<Answer>('upgrade', '--yes', '--ack', notice, ...both);
    expect(upgrade.keepsCopy).toBe(true);
    expect(upgrade.checks).toContainEqual(expect.stringMatching(/\d{3} tables and \d+ sequences/));
    expect(await deployment.ask('backup', 'list')).toMatchObject({
      sets: [{ state: 'verified', isPinned: true }],
    });
    await mustServeWith('17', 'last');
    await deployment.exits(0, 'upgrade', '--finish', '--yes');
    expect(await directories()).toEqual(['postgres']);
    await deployment.exits(2, 'rollback', '--yes');
    await deployment.exits(0, 'status');
  });

  it('must be followed by the next', async () => {
    await deployment.exits(0, 'upgrade', '--yes', '--no-backup', '--postgres', '18');
    await deployment.exits(0, 'upgrade', '--finish', '--yes');
    await admin.say(room, 'after');
    await mustServeWith('18', 'after');
  });

  it('must not be undone by an edit', async () => {
    await deployment.edit({ postgres: { image: newer.postgres } });
    const { stderr } = await deployment.exits(3, 'apply');
    expect(stderr).toContain('release 17 cannot use it');
    await deployment.edit({ postgres: { image: newest } });
    await mustServeWith('18', 'after');
  });
});
