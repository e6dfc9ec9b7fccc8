import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { withLock } from '../../src/state/run-lock.ts';
import { fakeClock } from '../fakes/clock.ts';
import { runCommand } from '../fakes/command-line.ts';
import { temporaryDirectory } from '../fakes/directory.ts';
import { installedHost, newHost } from '../fakes/host.ts';
import type { FakeWorld } from '../fakes/world.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** What the engine was told that changes something. */
const changes = ({ log }: FakeWorld) => log.filter((line) => !line.startsWith('exec'));

/** Every file of a deployment, its text and when it was written. */
async function snapshot(directory: string): Promise<Record<string, string>> {
  // The log of a run is about the run.
  const files = (await readdir(directory, { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile() && entry.name !== 'last-run.log',
  );
  const entries = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [path, `${(await stat(path)).mtimeMs} ${await readFile(path, 'utf8')}`];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** What must never be seen: each secret of a deployment, and each of its lines. */
async function canaries(directory: string): Promise<string[]> {
  const names = (await readdir(join(directory, 'secrets'))).filter((name) => !name.endsWith('.pem'));
  const texts = await Promise.all(names.map((name) => readFile(join(directory, 'secrets', name), 'utf8')));
  const words = texts
    .flatMap((text) => text.split(/\s|password=/))
    .filter((word) => /^[\w+/-]{20,}$/.test(word));
  expect(words.length).toBeGreaterThanOrEqual(names.length);
  return words;
}

const maximum = (size: string) => ['  overrides: {}', `  max_upload_size: ${size}`] as const;
/** A homeserver that does not start with this size. */
const crashesWith = (size: string, output: string) => (homeserver: string) =>
  homeserver.includes(`max_upload_size: "${size}"`) ? output : undefined;

describe('init --local --yes', () => {
  test('must bring up the stack, its database and its admin, and say where everything is', async () => {
    const { world, run, directory, read } = await newHost();
    const { exitCode, stdout } = await run('init --local --yes');
    expect(exitCode).toBe(0);
    expect([...world.containers.values()].map(({ service }) => service).sort()).toEqual([
      'postgres',
      'synapse',
      'traefik',
    ]);
    expect(world.databases).toEqual(new Set(['synapse']));
    expect([...world.users]).toMatchObject([
      ['admin', { password: await read('secrets/admin_password'), admin: true, sessions: new Map() }],
    ]);
    for (const fact of ['https://localhost:', '@admin:localhost', `${directory}/secrets/admin_password`]) {
      expect(stdout).toContain(fact);
    }
  });

  test('must lock the images by digest', async () => {
    const { read } = await installedHost();
    expect(JSON.parse(await read('state/images.json'))).toMatchObject({ 'postgres:17': 'sha256:0a' });
    expect(await read('docker-compose.yml')).toContain('image: "postgres:17@sha256:0a"');
  });

  test('must change nothing when it is run again, and say so', async () => {
    const { world, run, directory } = await installedHost();
    const before = await snapshot(directory);
    const { exitCode, stdout } = await run('init --local --yes');
    expect({ exitCode, changes: changes(world) }).toEqual({ exitCode: 0, changes: [] });
    expect(stdout).toContain('No changes');
    expect(await snapshot(directory)).toEqual(before);
  });

  test('must answer with one JSON document', async () => {
    const { run, directory } = await newHost();
    const { stdout } = await run('init --local --yes --json');
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      directory,
      changed: true,
      userId: '@admin:localhost',
    });
  });

  test('must name a free port in a matrix.yaml of its own where there is none', async () => {
    const { world } = await newHost();
    const parent = await temporaryDirectory();
    const directory = join(parent, 'matrix');
    const argv = ['init', '--local', '--yes', '--server-name', 'try.localhost', '--dir', directory];
    const { exitCode, stdout } = await runCommand(world, argv, { workingDirectory: parent });
    expect(exitCode).toBe(0);
    expect(await readFile(join(directory, 'matrix.yaml'), 'utf8')).toContain('server_name: "try.localhost"');
    // Without the flag, the command would not find it from here, but does from inside.
    expect(stdout).toContain(`matrix-deploy status --dir ${directory}`);
    const inside = await runCommand(world, argv, { workingDirectory: directory });
    expect(inside.stdout).toContain('`matrix-deploy status`');
  });
});

describe('apply', () => {
  test('must create a pair of secrets again as a pair, and start again who reads it, once', async () => {
    const { world, run, read, directory } = await installedHost();
    const before = await read('secrets/localhost.pem');
    await rm(join(directory, 'secrets/localhost.key'));
    expect(await run('apply')).toMatchObject({ exitCode: 0 });
    expect(changes(world)).toEqual(['create traefik', 'start traefik']);
    expect(await read('secrets/localhost.pem')).not.toBe(before);
    expect(await run('plan --exit-code')).toMatchObject({ exitCode: 0 });
  });

  test('must refuse to create a signing key where there is a database, in the same words as plan', async () => {
    const { world, run, directory } = await installedHost();
    await rm(join(directory, 'docker-compose.yml'));
    await rm(join(directory, 'secrets/signing.key'));
    for (const command of ['plan', 'apply', 'init --local --yes']) {
      const { exitCode, stderr } = await run(command);
      expect({ exitCode, stderr }, command).toEqual({
        exitCode: 4,
        stderr: expect.stringContaining('secrets/signing.key is gone, though this deployment had it'),
      });
    }
    expect(changes(world)).toEqual([]);
  });

  test('twice: the second must say "no changes", recreate nothing and touch no file', async () => {
    const { world, run, directory } = await installedHost();
    await run('apply');
    const before = await snapshot(directory);
    expect(await run('apply')).toMatchObject({ exitCode: 0, stdout: 'no changes\n' });
    expect(changes(world)).toEqual([]);
    expect(await snapshot(directory)).toEqual(before);
  });

  test('must recreate exactly what an edit concerns, and name the cause', async () => {
    const { world, run, configure } = await installedHost();
    await configure(...maximum('100M'));
    const { stdout } = await run('apply --json');
    expect(changes(world).filter((line) => !line.startsWith('run python3'))).toEqual([
      'create synapse',
      'disconnect synapse from matrix-localhost_web',
      'start synapse',
      'connect synapse to matrix-localhost_web as synapse',
    ]);
    const causes = JSON.parse(stdout).changes.map(({ resource, cause }: Record<string, string>) => [
      resource,
      cause,
    ]);
    expect(causes).toContainEqual(['service synapse', 'synapse/homeserver.yaml: max_upload_size changed']);
  });

  test.each([
    ['and the list of containers says it', false],
    ['and the list is behind', true],
  ])('must start again what was stopped, and nothing else, %s', async (_, listIsBehind) => {
    const { world, run } = await installedHost();
    world.listIsBehind = listIsBehind;
    const [id, container] = [...world.containers].find(([, { service }]) => service === 'synapse') ?? [];
    if (id === undefined || container === undefined) {
      throw new Error('no container');
    }
    world.containers.set(id, { ...container, state: 'exited' });
    expect(await run('apply')).toMatchObject({ exitCode: 0 });
    expect(changes(world)).toEqual(['start synapse']);
  });

  test('must refuse to lose an edit made by hand, and drop it when told to', async () => {
    const { world, run, read, write } = await installedHost();
    const rendered = await read('synapse/log.config.yaml');
    await write('synapse/log.config.yaml', `${rendered}# mine\n`);
    const refused = await run('apply');
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('--overwrite-edits') });
    expect(refused.stderr).toContain('+# mine');
    expect(await read('synapse/log.config.yaml')).toContain('# mine');
    expect(changes(world)).toEqual([]);
    expect(await run('apply --overwrite-edits')).toMatchObject({ exitCode: 0 });
    expect(await read('synapse/log.config.yaml')).toBe(rendered);
  });

  test('--dry-run must show the plan and do nothing', async () => {
    const { world, run, directory, configure } = await installedHost();
    await configure(...maximum('100M'));
    const before = await snapshot(directory);
    const [dry, planned] = [await run('apply --dry-run'), await run('plan')];
    expect(dry.stdout).toBe(planned.stdout);
    expect(dry.stdout).toContain('~ service synapse');
    expect(changes(world)).toEqual([]);
    expect(await snapshot(directory)).toEqual(before);
  });
});

describe('a homeserver that refuses its configuration', () => {
  test('must end apply with 3 and its own words, and nothing that runs be touched', async () => {
    const { world, run, directory, configure } = await installedHost();
    await configure(...maximum('9M'));
    const before = await snapshot(directory);
    world.refusal = crashesWith('9M', 'Traceback\nsynapse.config.ConfigError: it is too small');
    const { exitCode, stderr } = await run('apply');
    expect(exitCode).toBe(3);
    expect(stderr).toContain(
      'synapse refuses its configuration: synapse.config.ConfigError: it is too small',
    );
    expect(changes(world).filter((line) => !line.startsWith('run python3'))).toEqual([]);
    expect(await snapshot(directory)).toEqual(before);
  });

  test('must end a first installation with 3 and be stopped, and the same command finish it once that is fixed', async () => {
    const { world, run } = await newHost();
    world.crash = () => 'Error in configuration: it is too small';
    const { exitCode, stderr } = await run('init --local --yes');
    expect(exitCode).toBe(3);
    expect(stderr).toContain('synapse refuses its configuration: it is too small');
    expect(world.log).toContain('stop synapse');

    world.crash = () => undefined;
    expect((await run('init --local --yes')).exitCode).toBe(0);
    expect((await run('plan --exit-code')).exitCode).toBe(0);
  });
});

test('another host must get a certificate of its own, and the old one stay', async () => {
  const { run, read, configure } = await installedHost();
  const before = await read('secrets/localhost.pem');
  await configure('host: "localhost"', 'host: "matrix.localhost"');
  const { exitCode, stderr } = await run('apply');
  expect(exitCode, stderr).toBe(0);
  expect(new X509Certificate(await read('secrets/matrix.localhost.pem')).subjectAltName).toBe(
    'DNS:matrix.localhost, DNS:localhost',
  );
  expect(await read('secrets/localhost.pem')).toBe(before);
});

describe('a homeserver that cannot start', () => {
  test('must be rolled back under the name of before when the change was about the name', async () => {
    const { world, run, configure } = await installedHost();
    await configure('host: "localhost"', 'host: "matrix.localhost"');
    world.crash = (homeserver) => (homeserver.includes('matrix.localhost') ? 'no such name' : undefined);
    const { exitCode, stderr } = await run('apply');
    expect(exitCode).toBe(5);
    expect(stderr).toContain('The previous version serves again.');
  });

  test('must end apply with 5 and its own words, and the previous version serve again', async () => {
    const { world, run, read, configure } = await installedHost();
    const before = await read('synapse/homeserver.yaml');
    await configure(...maximum('9M'));
    world.crash = crashesWith('9M', 'Error in configuration:\n  it is too small');
    const { exitCode, stdout, stderr } = await run('apply');
    expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' });
    expect(stderr).toContain('synapse did not become healthy: it refuses its configuration: it is too small');
    expect(stderr).toContain('The previous version serves again.');
    expect(await read('synapse/homeserver.yaml')).toBe(before);
    expect((await run('status')).exitCode).toBe(0);
  });

  test('must end a first installation with 5, and the next run must continue', async () => {
    const { world, run } = await newHost();
    world.crash = crashesWith('50M', 'IncorrectDatabaseSetup: no');
    const failed = await run('init --local --yes');
    expect(failed.exitCode).toBe(5);
    expect(failed.stderr).toContain('it continues where this stopped');
    expect(world.users.size).toBe(0);
    world.crash = () => undefined;
    expect(await run('init --local --yes')).toMatchObject({ exitCode: 0 });
    expect(world.users.size).toBe(1);
  });
});

describe('--json', () => {
  /** How the steps ended, by what each was done to; several of one resource in the order in which they ended. */
  const endsOf = (answer: string) => {
    const ends: Record<string, string[]> = {};
    for (const { kind, resource, result, milliseconds } of JSON.parse(answer).steps) {
      expect(milliseconds).toBeGreaterThanOrEqual(0);
      ends[`${kind} ${resource}`] = [...(ends[`${kind} ${resource}`] ?? []), result];
    }
    return ends;
  };

  test('must carry each step of apply and how it ended', async () => {
    const { run, configure } = await installedHost();
    await configure(...maximum('100M'));
    expect(endsOf((await run('apply --json')).stdout)).toMatchObject({
      'check-configuration configuration of synapse': ['done'],
      'start-service service synapse': ['done'],
      // It answers, and can write.
      'probe synapse': ['done', 'done'],
    });
    expect(endsOf((await run('apply --json')).stdout)).toEqual({});
  });

  test('must tell what failed, and what was cancelled because of it', async () => {
    const { world, run, configure } = await installedHost();
    await configure(...maximum('9M'));
    world.refusal = crashesWith('9M', 'ConfigError: it is too small');
    const { exitCode, stdout, stderr } = await run('apply --json');
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(endsOf(stderr.trimEnd().split('\n').at(-1) ?? '')).toEqual({
      'check-configuration configuration of synapse': ['failed'],
      'write-file docker-compose.yml': ['cancelled'],
      'write-file synapse/homeserver.yaml': ['cancelled'],
      'start-service service synapse': ['cancelled'],
      'probe synapse': ['cancelled'],
    });
  });
});

describe('a container that was changed by hand', () => {
  const idOf = ({ containers }: FakeWorld, name: string) =>
    [...containers.values()].find(({ service }) => service === name)?.id ?? '';

  test('must be shown by plan, and created again by apply, also right after an apply', async () => {
    const { world, run } = await installedHost();
    await run('apply');
    const id = idOf(world, 'postgres');
    const inspected = world.inspected.get(id);
    if (inspected === undefined) {
      throw new Error('no container');
    }
    const HostConfig = { ...inspected.HostConfig, CapAdd: ['CAP_NET_ADMIN'] };
    world.inspected.set(id, { ...inspected, HostConfig });
    const { stdout } = await run('plan');
    expect(stdout).toContain('~ service postgres  changed by hand: capability NET_ADMIN added');
    expect(await run('apply')).toMatchObject({ exitCode: 0 });
    expect(changes(world)).toEqual(['create postgres', 'start postgres']);
    expect(await run('plan --exit-code')).toMatchObject({ exitCode: 0 });
  });

  test('must be reported where apply does not change it, and nothing recorded as converged', async () => {
    const { world, run, read, configure } = await installedHost();
    const before = await read('state/converged.json');
    const compose = world.compose;
    world.compose = (directory) => ({ ...compose(directory), replace: async () => undefined });
    await configure(...maximum('100M'));
    const { exitCode, stderr } = await run('apply');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('every step succeeded, but the result differs from the plan');
    expect(await read('state/converged.json')).toBe(before);
  });
});

describe.each(['docker-compose.override.yml', 'compose.yaml'])('beside %s', (name) => {
  test.each(['plan', 'apply', 'apply --dry-run', 'init --local --yes'])(
    '%s must end with 3, name it, and touch nothing',
    async (argv) => {
      const { world, run, directory, write } = await installedHost();
      // Else the record of what has converged is the only thing that is asked.
      await run('apply');
      await write(name, 'services: {synapse: {privileged: true}}\n');
      const before = await snapshot(directory);
      const { exitCode, stderr } = await run(argv);
      expect({ exitCode, changes: changes(world) }).toEqual({ exitCode: 3, changes: [] });
      expect(stderr).toContain(name);
      expect(await snapshot(directory)).toEqual(before);
    },
  );

  test('init must refuse a new directory with 3', async () => {
    const { world } = await newHost();
    const directory = await temporaryDirectory();
    await writeFile(join(directory, name), 'services: {}\n');
    const result = await runCommand(world, ['init', '--local', '--yes', '--dir', directory], {
      workingDirectory: directory,
    });
    expect(result).toMatchObject({ exitCode: 3, stderr: expect.stringContaining(name) });
    expect(await readdir(directory)).toEqual([name]);
  });
});

describe('plan', () => {
  test.each([
    ['plan', 0],
    ['plan --exit-code', 6],
  ])('%s with changes pending must end with %i, and touch nothing', async (argv, exitCode) => {
    const { world, run, directory } = await newHost();
    const before = await snapshot(directory);
    expect(await run(argv)).toMatchObject({ exitCode, stdout: expect.stringContaining('+ service synapse') });
    expect(world.log).toEqual([]);
    expect(await snapshot(directory)).toEqual(before);
  });

  test('--exit-code with nothing pending must end with 0', async () => {
    const { run } = await installedHost();
    expect(await run('plan --exit-code')).toMatchObject({ exitCode: 0, stdout: 'no changes\n' });
  });

  test('--json must be one document', async () => {
    const { run } = await newHost();
    const { stdout } = await run('plan --json');
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, changes: expect.any(Array) });
  });
});

describe('status', () => {
  test('of a healthy server must end with 0', async () => {
    const { run } = await installedHost();
    expect(await run('status')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('localhost: healthy'),
    });
    expect(JSON.parse((await run('status --json')).stdout)).toMatchObject({
      healthy: true,
      pendingChanges: 0,
    });
  });

  test('of a server whose homeserver is gone must end with 8 and name it', async () => {
    const { world, run } = await installedHost();
    for (const [id, { service }] of world.containers) {
      if (service === 'synapse') {
        world.containers.delete(id);
      }
    }
    const { exitCode, stdout } = await run('status');
    expect(exitCode).toBe(8);
    expect(stdout).toMatch(/UNHEALTHY +synapse +\S+ +not there/);
    expect(stdout).toContain('status 502');
  });
});

describe('destroy', () => {
  test('--yes must remove the containers and keep everything else, and apply bring them back', async () => {
    const { world, run, directory } = await installedHost();
    const before = Object.keys(await snapshot(directory));
    expect(await run('destroy --yes')).toMatchObject({ exitCode: 0 });
    expect(world.containers.size).toBe(0);
    expect(Object.keys(await snapshot(directory))).toEqual(before);
    expect(await run('apply')).toMatchObject({ exitCode: 0 });
    expect(world.containers.size).toBe(3);
  });

  test('--delete-data must delete what is ours, and leave what is not', async () => {
    const { world, run, directory, write } = await installedHost();
    await write('notes.txt', 'mine');
    const { exitCode, stdout } = await run('destroy --delete-data --confirm localhost');
    expect({ exitCode, containers: world.containers.size }).toEqual({ exitCode: 0, containers: 0 });
    expect(await readdir(directory)).toEqual(['notes.txt']);
    expect(stdout).toContain('notes.txt');
  });

  test('--delete-data must remove the directory when nothing else is in it', async () => {
    const { run, directory } = await installedHost();
    expect(await run('destroy --delete-data --confirm localhost')).toMatchObject({ exitCode: 0 });
    await expect(readdir(directory)).rejects.toThrow('ENOENT');
  });
});

describe('before anything is written', () => {
  test.each(['init --local --yes', 'apply'])(
    '%s must refuse an engine that is too old, with 4',
    async (argv) => {
      const { world, run, directory } = await newHost();
      world.versions.engine = '19.03.15';
      const { exitCode, stderr } = await run(argv);
      expect(exitCode).toBe(4);
      expect(stderr).toContain('Docker Engine 19.03.15 is too old');
      expect(world.log).toEqual([]);
      expect((await readdir(directory)).filter((name) => name !== 'state')).toEqual(['matrix.yaml']);
    },
  );

  test('an image that cannot be pulled must end apply with 1, and nothing be started', async () => {
    const { world, run, directory } = await newHost();
    world.registry.delete('traefik:v3.7.15');
    const { exitCode, stderr } = await run('apply');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('image traefik:v3.7.15 could not be pulled: manifest unknown');
    expect(world.containers.size).toBe(0);
    expect((await readdir(directory)).filter((name) => name !== 'state')).toEqual(['matrix.yaml']);
  });
});

test.each(['apply', 'destroy --yes', 'init --local --yes'])(
  'while another run holds the lock, %s must end with 7 and say who',
  async (argv) => {
    const { world, run, directory, configure } = await installedHost();
    await configure(...maximum('100M'));
    const holder = { processId: process.pid, clock: fakeClock() };
    const { exitCode, stderr } = await withLock(holder, { directory, command: 'upgrade' }, () => run(argv));
    expect(exitCode).toBe(7);
    expect(stderr).toContain(`\`matrix-deploy upgrade\` in ${directory} (process ${process.pid}`);
    expect(changes(world)).toEqual([]);
  },
);

test('a container that goes while it is looked at must be no failure of apply: all is looked at again', async () => {
  const { world, run, configure } = await installedHost();
  await configure(...maximum('100M'));
  const { running } = world.engine;
  let goes = 0;
  world.engine.running = async (id) => {
    goes += 1;
    if (goes === 1) throw new UserError('no such container', { code: 'docker.gone' });
    return running(id);
  };
  expect(await run('apply')).toMatchObject({ exitCode: 0 });
  expect(goes).toBeGreaterThan(1);
});

test('an interrupt must end apply with 130, and the next run must continue', async () => {
  const { world, run, directory } = await newHost();
  const interrupted = { workingDirectory: directory, interrupt: AbortSignal.abort() };
  expect(await runCommand(world, ['apply'], interrupted)).toMatchObject({ exitCode: 130 });
  expect(world.containers.size).toBe(0);
  expect(await run('apply')).toMatchObject({ exitCode: 0 });
});

test('a second deployment of the same server name must be refused with 4, and take nothing away', async () => {
  const { world, directory } = await installedHost();
  const other = join(await temporaryDirectory(), 'other');
  await mkdir(other);
  await writeFile(join(other, 'matrix.yaml'), await readFile(join(directory, 'matrix.yaml'), 'utf8'));
  for (const argv of [['apply'], ['plan'], ['destroy', '--yes']]) {
    const { exitCode, stderr } = await runCommand(world, argv, { workingDirectory: other });
    expect(exitCode).toBe(4);
    expect(stderr).toContain(`localhost runs already, from ${directory}`);
  }
  expect(world.containers.size).toBe(3);
});

test('a second one must not even be begun, though the check for it is passed over', async () => {
  const { world } = await installedHost();
  const other = await temporaryDirectory();
  const argv = ['init', '--local', '--yes', '--skip-check', 'deployment', '--dir', 'second'];
  expect(await runCommand(world, argv, { workingDirectory: other })).toMatchObject({ exitCode: 4 });
  expect(await readdir(other)).toEqual([]);
});

test('no secret must ever be in an output, an argument or an environment', async () => {
  const { world, run, directory, configure } = await newHost();
  const results = [
    await run('init --local --yes'),
    await run('status'),
    await run('status --json'),
    await run('plan'),
  ];
  await configure(...maximum('9M'));
  world.crash = crashesWith('9M', 'Error in configuration: no');
  for (const argv of [
    'plan --json',
    'apply --json',
    'apply',
    'init --local --yes --json',
    'destroy',
    'destroy --yes',
  ]) {
    results.push(await run(argv));
  }
  const seen = [...results.flatMap(({ stdout, stderr }) => [stdout, stderr]), ...world.log].join('\n');
  const rendered = [
    'docker-compose.yml',
    'synapse/homeserver.yaml',
    'state/written.json',
    'state/images.json',
  ];
  const files = await Promise.all(rendered.map((path) => readFile(join(directory, path), 'utf8')));
  expect(
    (await canaries(directory)).filter((secret) => [seen, ...files].join('\n').includes(secret)),
  ).toEqual([]);
});

describe('a cache', () => {
  const fills = (world: FakeWorld) =>
    world.log.filter((line) => line.startsWith('run') && line.includes('--fill'));

  test('that cannot be made must be told, and hurt no apply', async () => {
    const { world, run, directory, configure } = await installedHost();
    await rm(join(directory, 'cache'), { recursive: true });
    world.cacheFailure = 'no space left';
    await configure(...maximum('60M'));
    const { exitCode, stderr } = await run('apply');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('no space left') });
    expect(fills(world)).toHaveLength(1);
  });

  test('must be made at once by an apply that ends the job in the background', async () => {
    const { world, run, directory, configure } = await installedHost();
    await rm(join(directory, 'cache'), { recursive: true });
    world.jobRuns = true;
    expect(await run('plan --exit-code')).toMatchObject({ exitCode: 0 });
    await configure(...maximum('60M'));
    expect(await run('apply')).toMatchObject({ exitCode: 0 });
    expect(fills(world)).toHaveLength(1);
    expect(await run('plan --exit-code')).toMatchObject({ exitCode: 0 });
  });
});
