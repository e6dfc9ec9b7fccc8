import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { Context } from '../../src/context.ts';
import { PreflightError } from '../../src/errors.ts';
import type { Machine } from '../../src/host/machine.ts';
import type { StatusReport } from '../../src/procedures/status/report.ts';
import { runCommand } from '../fakes/command-line.ts';
import { installedHost } from '../fakes/host.ts';
import { diskSpace } from '../fakes/surroundings.ts';
import type { FakeWorld } from '../fakes/world.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

type Connect = Context['connectEngine'];
type Host = Awaited<ReturnType<typeof installedHost>>;

/** What status answers to a program, and what it ends with. */
async function ask({ world, directory }: Host, machine: Partial<Machine> = {}, connectEngine?: Connect) {
  const surroundings = { engine: world.engine, compose: world.compose, machine };
  const options = { workingDirectory: directory, ...(connectEngine && { connectEngine }) };
  const { exitCode, stdout, stderr } = await runCommand(
    surroundings,
    ['status', '--json', '--dir', directory],
    options,
  );
  expect(stdout, stderr).not.toBe('');
  return { exitCode, report: JSON.parse(stdout) as StatusReport };
}

const services = ['postgres', 'synapse', 'traefik'];
/** Beside that there is no backup yet, which is told of each of these servers. */
const others = ({ findings }: StatusReport) => findings.filter((finding) => finding.about !== 'backup');
const about = (report: StatusReport) => others(report).map((finding) => finding.about);

describe('whatever is broken, status must show the services and the problem, and end with 8:', () => {
  test.each<[string, (host: Host) => Promise<void>, string, RegExp]>([
    ['a lost secret', ({ directory }) => rm(join(directory, 'secrets/signing.key')), 'plan', /signing\.key/],
    ['all secrets', ({ directory }) => rm(join(directory, 'secrets'), { recursive: true }), 'plan', /gone/],
    [
      'lost data',
      ({ directory }) => rm(join(directory, 'data/synapse'), { recursive: true }),
      'plan',
      /gone/,
    ],
    ['a matrix.yaml that is no YAML', ({ write }) => write('matrix.yaml', '{'), 'configuration', /./],
    ['a wrong setting', ({ configure }) => configure('host:', 'hots:'), 'configuration', /./],
    [
      'no matrix.yaml',
      ({ directory }) => rm(join(directory, 'matrix.yaml')),
      'configuration',
      /no matrix\.yaml/,
    ],
  ])('%s', async (_title, damage, subject, said) => {
    const host = await installedHost();
    await damage(host);
    const { exitCode, report } = await ask(host);
    expect(exitCode).toBe(8);
    expect(about(report)).toEqual([subject]);
    expect(others(report)[0]?.finding).toMatch(said);
    expect(report.services.map(({ service, status }) => [service, status])).toEqual(
      services.map((service) => [service, 'Up 1 second']),
    );
    expect(report.pendingChanges).toBeNull();
  });

  test('an engine that does not answer', async () => {
    const host = await installedHost();
    const silent = async () => {
      throw new PreflightError('Docker does not answer', { code: 'docker.unreachable' });
    };
    const { exitCode, report } = await ask(host, {}, silent);
    expect(exitCode).toBe(8);
    expect(about(report)).toEqual(['engine']);
    expect(report.services.map(({ service, status }) => [service, status])).toEqual(
      services.map((service) => [service, 'unknown']),
    );
    expect(report.fileSystems).not.toEqual([]);
  });
});

test('an empty directory must end as before: there is nothing to look at', async () => {
  const { world, directory } = await installedHost();
  const argv = ['status', '--dir', join(directory, 'data')];
  const { exitCode } = await runCommand(world, argv, { workingDirectory: directory });
  expect(exitCode).toBe(3);
});

test('a service that has stopped must be told with what does not work meanwhile, and no other', async () => {
  const host = await installedHost();
  const id = [...host.world.containers.values()].find(({ service }) => service === 'postgres')?.id ?? '';
  await host.world.engine.stop(id);
  const { report } = await ask(host);
  const told = report.services.filter(({ whenDown }) => whenDown !== null);
  expect(told.map(({ service }) => service)).toEqual(['postgres']);
  const { stdout } = await host.run('status');
  expect(stdout).toContain(`postgres: while it is down, ${told[0]?.whenDown}`);
});

describe('a full disk', () => {
  const full = async (world: FakeWorld) => {
    world.isDiskFull = true;
  };

  test('must be no health, though everything answers, and be named', async () => {
    const host = await installedHost();
    await full(host.world);
    const { exitCode, report } = await ask(host, {
      space: async () => diskSpace({ freeBytes: 0 }),
      readFile: async (path) =>
        path === '/proc/self/mountinfo' ? '22 1 8:1 / / rw - ext4 /dev/sda1 rw' : undefined,
    });
    expect(exitCode).toBe(8);
    expect(others(report)).toMatchObject([{ about: 'storage', finding: expect.stringContaining('full') }]);
    const broken = report.services.filter(({ healthy }) => !healthy).map(({ service }) => service);
    expect(broken).toEqual(['postgres', 'synapse']);
  });

  test('must end an apply with 5, and be no reason to go back to the previous version', async () => {
    const { world, run, configure, read } = await installedHost();
    await configure('  overrides: {}', '  max_upload_size: 9M');
    await full(world);
    const { exitCode, stderr } = await run('apply');
    expect(exitCode).toBe(5);
    expect(stderr).toContain('No space left on device');
    expect(await read('synapse/homeserver.yaml')).toContain('9M');
  });
});

test('Docker that is not started at boot must be told, with the command, and be no problem', async () => {
  const { exitCode, report } = await ask(await installedHost(), { unitFileState: async () => 'disabled' });
  expect(exitCode).toBe(0);
  expect(others(report)).toMatchObject([
    { about: 'boot', verdict: 'warning', remedy: expect.stringContaining('systemctl enable docker') },
  ]);
});

test('status must remember what is free, once an hour', async () => {
  const host = await installedHost();
  await ask(host);
  const first = await host.read('state/growth.json');
  expect(JSON.parse(first)).toHaveLength(1);
  await ask(host);
  expect(await host.read('state/growth.json')).toBe(first);
});
