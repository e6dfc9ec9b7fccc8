import { afterEach, describe, expect, it } from 'vitest';
import { testedImage } from '../../../src/releases/releases.ts';
import { attachLab } from '../../lab/attach.ts';
import { waitUntil } from '../../lab/command.ts';

const postgres = testedImage('postgres');
const synapse = testedImage('synapse');
const traefik = testedImage('traefik');
const lab = await attachLab();
const host = await lab.host('alpha', { images: [postgres, synapse, traefik] });

const docker = (...args: string[]) => host.exec(['docker', ...args]);
const start = (...args: string[]): Promise<string> =>
  host.run(['docker', 'run', '--detach', '--name', 'it', ...args]);
const inside = (...argv: string[]) => docker('exec', 'it', ...argv);

/** As the product runs its containers: they may write only where they are let. */
const hardened = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges:true', '--tmpfs=/tmp'];

afterEach(() => docker('rm', '--force', '--volumes', 'it'));

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

  it('must end in order at its own stop signal', async () => {
    await start('--env=POSTGRES_PASSWORD=x', postgres);
    await ready();
    await docker('stop', 'it');
    expect((await docker('logs', 'it')).stderr).toContain('received fast shutdown request');
  });
});

describe('the image of Synapse', () => {
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
    expect((await docker('logs', 'it')).stderr).not.toContain('Could not find jemalloc');
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
