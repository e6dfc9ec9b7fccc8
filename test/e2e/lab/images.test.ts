import { afterEach, describe, expect, it } from 'vitest';
import { testedImage } from '../../../src/releases/releases.ts';
import { attachLab } from '../../lab/attach.ts';
import { waitUntil } from '../../lab/command.ts';

const postgres = testedImage('postgres');
const synapse = testedImage('synapse');
const traefik = testedImage('traefik');
const lab = await attachLab();
/** Of the major version in which the official image moved its data. */
const postgres18 = 'postgres:18';
const images = [postgres, postgres18, synapse, traefik];
const host = await lab.host('alpha', { images, asPublished: true });

const docker = (...args: string[]) => host.exec(['docker', ...args]);
const start = (...args: string[]): Promise<string> =>
  host.run(['docker', 'run', '--detach', '--name', 'it', ...args]);
const inside = (...argv: string[]) => docker('exec', 'it', ...argv);
/** What a program of an image says when it is run in place of the image's own. */
const ask = (image: string, program: string, ...args: string[]): Promise<string> =>
  host.run(['docker', 'run', '--rm', `--entrypoint=${program}`, image, ...args]);
const volumesOf = async (image: string): Promise<unknown> =>
  JSON.parse(await host.run(['docker', 'image', 'inspect', '--format={{json .Config.Volumes}}', image]));

/** As the product runs its containers: they may write only where they are let. */
const hardened = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges:true', '--tmpfs=/tmp'];

afterEach(() => docker('rm', '--force', '--volumes', 'it'));

// It would be written into the images by any Python that ran while they were made, and hide what loading costs.
it.each(images)('must have no byte code in %s', async (image) => {
  const container = await host.run(['docker', 'create', image]);
  const files = await host.run(['sh', '-c', `docker export ${container} | tar -t`]);
  await docker('rm', '--volumes', container);
  expect(files.split('\n').length).toBeGreaterThan(20);
  expect(files.split('\n').filter((file) => /\.pyc$|__pycache__/.test(file))).toEqual([]);
});

describe('the image of Postgres', () => {
  const query = async (sql: string, user = 'postgres', database = user): Promise<string> =>
    (await inside('psql', '--username', user, '--dbname', database, '-qAtc', sql)).stdout.trim();

  // Until the files of initdb.d have run the server listens to no port.
  const isReady = async (): Promise<boolean> =>
    (await inside('pg_isready', '--quiet', '--host=127.0.0.1', '--username=postgres')).exitCode === 0;
  const ready = (): Promise<void> => waitUntil('Postgres', isReady, { everyMilliseconds: 200 });

  it('must make the user and the database that the environment names, from a password in a file', async () => {
    await host.writeFile('/srv/password', 'secret\n');
    const environment = ['POSTGRES_USER=foo', 'POSTGRES_DB=bar', 'POSTGRES_PASSWORD_FILE=/password'];
    await start(
      ...environment.flatMap((each) => ['--env', each]),
      '--volume=/srv/password:/password:ro',
      postgres,
    );
    await ready();
    expect(await query('select current_user, current_database()', 'foo', 'bar')).toBe('foo|bar');
    const login = ['psql', '--host=127.0.0.1', '--username=foo', '-qAtc', 'select 1', 'bar'];
    expect((await inside('env', 'PGPASSWORD=secret', ...login)).exitCode).toBe(0);
  });

  it('must run as any user, without a writable root or a capability, and run what is in initdb.d once', async () => {
    await host.writeFile('/srv/init/table.sql', 'create table made as select 1;');
    const directories = ['/var/lib/postgresql/data', '/run/postgresql'].map(
      (path) => `--tmpfs=${path}:uid=1234,gid=1234`,
    );
    const options = ['--user=1234:1234', ...directories, '--volume=/srv/init:/docker-entrypoint-initdb.d:ro'];
    await start(...hardened, ...options, '--env=POSTGRES_PASSWORD=x', postgres, '-c', 'shared_buffers=32MB');
    await ready();
    expect(await query('select count(*) from made')).toBe('1');
    expect(await query('show shared_buffers')).toBe('32MB');
  });

  it('must refuse to make a database without a password', async () => {
    const { exitCode, stderr } = await docker('run', '--rm', postgres);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('superuser password is not specified');
  });

  it('must keep its data in a volume, since 18 a level higher', async () => {
    expect(await volumesOf(postgres)).toEqual({ '/var/lib/postgresql/data': {} });
    expect(await volumesOf(postgres18)).toEqual({ '/var/lib/postgresql': {} });
  });

  describe('since 18, with something mounted where the data was before', () => {
    const old = '/var/lib/postgresql/data';
    const options = [`--tmpfs=${old}:uid=999,gid=999`, '--env=POSTGRES_PASSWORD=x'];

    it('must refuse to create a database elsewhere', async () => {
      const { exitCode, stderr } = await docker('run', '--rm', ...options, postgres18);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`${old} (unused mount/volume)`);
    });

    it('must create it there where PGDATA says so', async () => {
      await start(...options, `--env=PGDATA=${old}`, postgres18);
      await ready();
      expect(await query('show data_directory')).toBe(old);
    });
  });

  it('must end in order at its own stop signal', async () => {
    await start('--env=POSTGRES_PASSWORD=x', postgres);
    await ready();
    await docker('stop', 'it');
    expect((await docker('logs', 'it')).stderr).toContain('received fast shutdown request');
  });
});

describe('the image of Synapse', () => {
  it('must be Debian 13 with a Python of its own, in /usr/local and nowhere else', async () => {
    expect(await ask(synapse, 'cat', '/etc/os-release')).toContain('VERSION_ID="13"');
    const places = ['-c', 'ls /bin/python* /usr/bin/python* /usr/local/bin/python*'];
    const { stdout } = await docker('run', '--rm', '--entrypoint=sh', synapse, ...places);
    expect(stdout).toBe('/usr/local/bin/python\n/usr/local/bin/python3\n/usr/local/bin/python3.13\n');
    const script = 'import sys, sysconfig; print(sys.prefix, sys.path[-1], sysconfig.get_path("purelib"))';
    const site = '/usr/local/lib/python3.13/site-packages';
    expect(await ask(synapse, 'python3', '-c', script)).toBe(`/usr/local ${site} ${site}`);
  });

  it('must have programs that its own Python runs', async () => {
    const others =
      "grep --files-without-match '^#!/usr/local/bin/python3$' $(ls /usr/local/bin/* | grep -v /python)";
    const { stdout } = await docker('run', '--rm', '--entrypoint=sh', synapse, '-c', others);
    expect(stdout).toBe('');
    expect(await ask(synapse, 'register_new_matrix_user', '--help')).toContain('usage:');
  });

  it('must have the environment of the official one, which names no language and buffers nothing', async () => {
    const names = (await ask(synapse, 'env')).split('\n').filter((line) => !/^(HOSTNAME|HOME)=/.test(line));
    const path = '/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin';
    expect(names.toSorted()).toEqual([`PATH=${path}`, 'PYTHONUNBUFFERED=1']);
  });

  it('must have what the official one loads at every start, wanted or not', async () => {
    const script =
      'from synapse.logging import opentracing; print(opentracing.opentracing and opentracing.JaegerConfig)';
    expect(await ask(synapse, 'python3', '-c', script)).toContain('jaeger_client');
  });

  const generate = (data: string) =>
    docker(
      'run',
      '--rm',
      `--volume=${data}:/data`,
      '--env=SYNAPSE_SERVER_NAME=a.example',
      '--env=SYNAPSE_REPORT_STATS=no',
      synapse,
      'generate',
    );
  const isHealthy = async (): Promise<boolean> =>
    (await inside('curl', '--fail', '--silent', 'http://localhost:8008/health')).exitCode === 0;
  const healthy = (): Promise<void> =>
    waitUntil('Synapse', isHealthy, { everyMilliseconds: 200, seconds: 60 });

  it('must generate a configuration that belongs to 991, and run with it as 991', async () => {
    expect(await generate('/srv/generated')).toMatchObject({ exitCode: 0 });
    expect(await host.run(['stat', '--format=%u:%g', '/srv/generated/homeserver.yaml'])).toBe('991:991');
    await start('--volume=/srv/generated:/data', synapse);
    await healthy();
    expect((await inside('cat', '/proc/1/status')).stdout).toMatch(/^Uid:\t991\t/m);
  });

  it('must run as the user that it is started as, without a writable root or a capability', async () => {
    await generate('/srv/hardened');
    await start(...hardened, '--user=991:991', '--volume=/srv/hardened:/data', synapse, 'run');
    await healthy();
    const { stdout } = await docker('logs', 'it');
    expect(stdout).toContain('Starting synapse with args -m synapse.app.homeserver');
    expect(stdout).not.toContain('Could not find jemalloc');
  });

  it('must check a configuration when Python is its entry point', async () => {
    await generate('/srv/checked');
    const options = [
      ...hardened,
      '--rm',
      '--user=991:991',
      '--volume=/srv/checked:/data',
      '--entrypoint=python3',
    ];
    const check = ['-m', 'synapse.config', '--config-path', '/data/homeserver.yaml'];
    expect(await docker('run', ...options, synapse, ...check)).toMatchObject({ exitCode: 0 });
  });

  it('must say which file it misses', async () => {
    const { exitCode, stderr } = await docker(
      'run',
      '--rm',
      '--env=SYNAPSE_CONFIG_PATH=/conf/none.yaml',
      synapse,
    );
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("'/conf/none.yaml' does not exist");
  });
});

describe('the image of Traefik', () => {
  it('must have no place for its configuration', async () => {
    expect(await ask(traefik, 'ls', '/etc')).not.toContain('traefik');
  });

  it('must take options, and be asked for its health', async () => {
    const ping = ['--ping=true', '--ping.entryPoint=ping', '--entryPoints.ping.address=127.0.0.1:8082'];
    await start(...hardened, '--user=65532:65532', traefik, ...ping);
    const isHealthy = async (): Promise<boolean> =>
      (await inside('/usr/local/bin/traefik', 'healthcheck', ...ping)).exitCode === 0;
    await waitUntil('Traefik', isHealthy, { everyMilliseconds: 200 });
  });

  it('must run its own commands, and any other program', async () => {
    expect((await docker('run', '--rm', traefik, 'version')).stdout).toContain(traefik.split(':v')[1]);
    expect((await docker('run', '--rm', traefik, 'echo', 'hello')).stdout).toBe('hello\n');
  });
});
