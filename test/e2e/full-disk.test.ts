import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../src/procedures/status/report.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { buildChangedSynapse, largeMigration } from './support/broken-images.ts';
import { logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { fillDisk, freeDisk } from './support/disk.ts';
import { service } from './support/moments.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('small', { images: stackImages, diskBytes: 1.5e9 });
const deployment = new Deployment(host);

beforeAll(async () => {
  await deployment.exits(0, 'init', '--local', '--yes', '--skip-check', 'disk');
});

async function look(): Promise<{ exitCode: number; said: string; report: StatusReport }> {
  const { exitCode, stdout } = await deployment.cli('status', '--json');
  const report: StatusReport = JSON.parse(stdout);
  const failed = report.findings.filter(({ verdict }) => verdict === 'failed');
  const problems = report.services.flatMap((service) => service.problems);
  return { exitCode, said: [...failed.map(({ finding }) => finding), ...problems].join('\n'), report };
}

/** What a check of writing could leave behind: tables, and files of media. */
async function leftovers(): Promise<string> {
  const { Id } = await deployment.container('postgres');
  const query = "select count(*) from pg_class where relname like '%write_check%'";
  const psql = ['psql', '-qAtX', '-U', 'postgres', '-d', 'synapse', '-c', query];
  const tables = await host.run(['docker', 'exec', Id, ...psql]);
  const media = await deployment.run(['find', 'data/synapse', '-name', '*write-check*']);
  return `${tables}${media}`;
}

const inodes = 'mkdir /filled && cd /filled && seq 1 200000 | xargs touch; true';
const fillInodes = async () => {
  await host.exec(['sh', '-c', inodes]);
};

describe.each([
  ['bytes', () => fillDisk(host), /is full/],
  ['inodes', fillInodes, /no room for more files/],
])('a host whose disk has run out of %s', (_, fill, cause) => {
  afterEach(() => freeDisk(host));

  it('must be found out by status, with the cause, and be healthy again when there is room', async () => {
    expect(await look()).toMatchObject({ exitCode: 0, said: '' });

    await fill();
    const full = await look();
    expect(full.exitCode).toBe(8);
    expect(full.said).toMatch(cause);
    expect(full.said).toContain('No space left on device');
    const unhealthy = full.report.services.filter(({ healthy }) => !healthy).map(({ service }) => service);
    expect(unhealthy).toContain('postgres');

    await freeDisk(host);
    expect(await look()).toMatchObject({ exitCode: 0, said: '' });
    expect(await leftovers()).toBe('0');
    expect(await (await logInAsAdmin(deployment)).isLoggedIn()).toBe(true);
  });
});

describe('a service that has ended while the disk was full', () => {
  afterEach(() => freeDisk(host));

  it('must be started by apply when there is room, although the engine could not note its end', async () => {
    const { Id, State } = await deployment.container('synapse');
    const see = (what: string) => host.run(['docker', 'inspect', '--format', `{{.State.${what}}}`, Id]);
    await fillDisk(host);
    await host.run(['kill', '-9', String(State.Pid)]);
    // Where there is room for what the engine writes, it starts the service again by itself.
    await waitUntil('the end of the process', async () => (await see('Pid')) !== String(State.Pid), {
      seconds: 60,
    });
    await freeDisk(host);
    await deployment.exits(0, 'apply');
    expect(await see('Running')).toBe('true');
    expect(await (await logInAsAdmin(deployment)).isLoggedIn()).toBe(true);
  });
});

describe('an upgrade during which the disk is filled', () => {
  afterEach(() => freeDisk(host));

  it('must be taken back with the cause, and work when there is room', async () => {
    const image = await buildChangedSynapse(host, 'large', largeMigration);
    const argv = ['upgrade', '--yes', '--no-backup', '--synapse', image];
    const admin = await logInAsAdmin(deployment);
    const switching = service('synapse', 'create')(deployment);
    const run = deployment.cli(...argv);
    await Promise.race([
      switching,
      run.then(({ stderr }) => Promise.reject(new Error(`too early: ${stderr}`))),
    ]);
    await fillDisk(host, 3_000);
    const { exitCode, stderr } = await run;
    expect({ exitCode, stderr }).toEqual({
      exitCode: 5,
      stderr: expect.stringMatching(/the disk.* is full/),
    });
    expect(stderr).toContain('The previous version serves again');
    expect(await admin.isLoggedIn()).toBe(true);
    await freeDisk(host);
    await deployment.exits(0, ...argv);
    expect(await deployment.query('select count(*) from large')).toBe('1000000');
    expect(await host.exists(deployment.path('data/reserve'))).toBe(false);
  });
});

describe('a database that may only be read', () => {
  it('must be found out by status', async () => {
    const { Id } = await deployment.container('postgres');
    const run = (sql: string) =>
      host.run(['docker', 'exec', Id, 'psql', '-qAtX', '-U', 'postgres', '-c', sql]);
    await run('alter database synapse set default_transaction_read_only = on');
    const { exitCode, said } = await look();
    await run('alter database synapse reset default_transaction_read_only');
    expect({ exitCode, said }).toEqual({ exitCode: 8, said: expect.stringContaining('read-only') });
    await deployment.exits(0, 'status');
  });
});

describe('a media directory that the homeserver may not write', () => {
  it('must be found out by status', async () => {
    await deployment.run(['chown', 'root', 'data/synapse/media_store']);
    const { exitCode, said } = await look();
    await deployment.run(['chown', '991', 'data/synapse/media_store']);
    expect({ exitCode, said }).toEqual({ exitCode: 8, said: expect.stringContaining('Permission denied') });
    await deployment.exits(0, 'status');
  });
});

describe('status without the engine', () => {
  it('must show what it can, and end with 8', async () => {
    await host.stopEngine();
    const { exitCode, report } = await look();
    await host.startEngine();
    expect(exitCode).toBe(8);
    expect(report.findings.filter(({ verdict }) => verdict === 'failed')).toMatchObject([
      { about: 'engine' },
    ]);
    expect(report.services.map(({ service }) => service)).toEqual(['postgres', 'synapse', 'traefik']);
    expect(report.fileSystems.length).toBeGreaterThan(0);
  });
});
