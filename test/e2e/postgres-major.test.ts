import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { type Client, logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { jobStarts } from './support/moments.ts';
import { stackImages } from './support/stack-images.ts';

const newer = 'postgres:18';
const lab = await attachLab();
const host = await lab.host('alpha', { images: [...stackImages, testedImage('restic'), newer] });
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
  const result = await deployment.exits(exitCode, 'upgrade', '--yes', '--no-backup', '--postgres', '18');
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

const results = async () => {
  const { upgrades } = await deployment.ask<{ upgrades: { result: string }[] }>('history');
  return upgrades.map(({ result }) => result);
};

beforeAll(async () => {
  await deployment.init();
  admin = await logInAsAdmin(deployment);
  room = await admin.createRoom();
  await admin.say(room, 'before');
});

describe('an upgrade to another major release of Postgres', () => {
  it('must be told with its space and time, and change nothing until it is agreed to', async () => {
    const before = await deployment.snapshot();
    const { stdout } = await deployment.exits(0, 'upgrade', '--dry-run', '--postgres', '18');
    expect(stdout).toContain('postgres 17 -> 18');
    expect(stdout).toMatch(/needs .* of free disk/);
    expect(stdout).toMatch(/Nobody is served for about/);
    expect(await deployment.snapshot()).toEqual(before);
  });

  it('must not leave a database of somebody else behind without a word', async () => {
    const { stderr } = await upgradeWith('postgres', 'database wiki', 4);
    expect(stderr).toContain('wiki');
  });

  it('must bring everything back by itself when something cannot come along', async () => {
    const { stderr } = await upgradeWith('synapse', 'table foreign_table', 1, 'as select 1 as one');
    expect(stderr).toContain('foreign_table');
    await mustServeWith('17', 'before');
    expect(await results()).toEqual(['failed']);
  });
});

describe('an edit of the image to another major release', () => {
  it('must go on where it was when apply was killed in the middle', async () => {
    await deployment.edit({ postgres: { image: newer } });
    const copying = jobStarts(newer)(deployment);
    const run = await host.spawn(deployment.command('apply', '--no-backup'));
    run.stdout.resume();
    run.stderr.resume();
    const ended = once(run, 'exit');
    await copying;
    await host.signal(run, 'SIGKILL');
    await ended;
    expect((await deployment.cli('status')).exitCode).not.toBe(0);
    const { upgrade } = await deployment.ask<Answer>('apply');
    expect(upgrade.keepsCopy).toBe(true);
    expect(upgrade.checks).toContainEqual(expect.stringMatching(/\d{3} tables and \d+ sequences/));
    await mustServeWith('18', 'before');
    expect(await directories()).toEqual(['postgres', 'postgres.before']);
    expect((await results()).at(-1)).toBe('upgraded');
  });

  it('must be taken back by rollback, which says what is lost', async () => {
    await admin.say(room, 'since');
    await deployment.exits(4, 'upgrade', '--yes', '--no-backup', '--synapse', '1.163.3');
    const { lost } = await deployment.ask<{ lost: { synapse: { events: number } } }>('rollback', '--yes');
    expect(lost.synapse.events).toBeGreaterThan(0);
    await mustServeWith('17', 'before');
    expect(await directories()).toEqual(['postgres']);
  });
});

describe('an upgrade to another major release that is finished', () => {
  it('must have a backup from before, and leave only what is in use', async () => {
    await admin.say(room, 'last');
    await deployment.exits(0, 'upgrade', '--yes', '--postgres', '18');
    expect(await deployment.ask('backup', 'list')).toMatchObject({
      sets: [{ state: 'verified', isPinned: true }],
    });
    await mustServeWith('18', 'last');
    await deployment.exits(0, 'upgrade', '--finish', '--yes');
    expect(await directories()).toEqual(['postgres']);
    await deployment.exits(2, 'rollback', '--yes');
    await admin.say(room, 'after');
    await mustServeWith('18', 'after');
    await deployment.exits(0, 'status');
  });

  it('must not be undone by an edit', async () => {
    await deployment.edit({ postgres: { image: testedImage('postgres') } });
    const { stderr } = await deployment.exits(3, 'apply');
    expect(stderr).toContain('release 17 cannot use it');
    await deployment.edit({ postgres: { image: newer } });
    await mustServeWith('18', 'after');
  });
});
