import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { type Client, logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const own = new Deployment(host);
const other = new Deployment(host, { directory: '/srv/other', serverName: 'other.localhost' });

let session: Client;
beforeAll(async () => {
  await other.init();
  await own.init();
  session = await logInAsAdmin(own);
  await own.exits(0, 'status');
  await shell('docker compose stop; cp -a . /srv/aside; docker compose start');
});

const shell = (script: string) => own.run(['sh', '-ec', script]);
const compose = (...argv: string[]) => own.run(['docker', 'compose', ...argv]);
const psql = (statement: string) =>
  compose('exec', '-T', 'postgres', 'psql', '-qAtX', '-U', 'postgres', '-c', statement);
/** A cluster as initdb makes one, in a directory that is there. */
const initdb = `docker run --rm --user 999:999 --network none --mount "type=bind,source=$PWD/data/postgres,target=/cluster" --entrypoint initdb ${testedImage('postgres')} --pgdata=/cluster --username=postgres --auth-local=peer --locale=C --encoding=UTF8`;
/** Removes what running services may still create files in. */
const remove = (path: string) => `until rm -rf ${path}; do :; done`;
/** The containers, by what the engine knows: docker-compose.yml may be gone. */
const containers = '$(docker ps --all --quiet --filter label=com.docker.compose.project=matrix-localhost)';
/** Where services run on as they are, which takes no time: they see the files that they began with. */
const putFilesBack =
  'cp -a /srv/aside/secrets/. secrets; cp -a /srv/aside/state /srv/aside/docker-compose.yml .; cp -a /srv/aside/data/identity.json data';
const putAllBack = `docker stop ${containers}; find . -mindepth 1 -delete; cp -a /srv/aside/. .; docker start ${containers}`;

/** Does something to the deployment, which must be refused, and undoes it: then it must serve again. */
async function mustBeRefusedAfter(strike: string, words: RegExp, putBack = putAllBack): Promise<void> {
  try {
    await shell(strike);
    await mustBeRefused(words);
  } finally {
    await shell(putBack);
  }
  await own.exits(0, 'apply');
  expect(await session.isLoggedIn()).toBe(true);
}

interface Finding {
  about: string;
  finding: string;
}

/** All three commands must refuse in the same words, and none of them may create anything. */
async function mustBeRefused(words: RegExp): Promise<void> {
  const before = await shell('ls -A secrets data 2>/dev/null || true');
  for (const command of ['plan', 'apply', 'init']) {
    const argv = command === 'init' ? ['init', '--local', '--yes'] : [command];
    const { stderr } = await own.exits(4, ...argv);
    expect(stderr, command).toMatch(words);
    expect(stderr, command).toContain('from a backup');
  }
  const { findings } = JSON.parse((await own.exits(8, 'status', '--json')).stdout);
  const plan = findings.find(({ about }: Finding) => about === 'plan');
  expect(plan?.finding).toMatch(words);
  expect(await shell('ls -A secrets data 2>/dev/null || true')).toBe(before);
}

describe('what is lost', () => {
  it.each([
    [
      'the signing key and docker-compose.yml',
      'rm docker-compose.yml secrets/signing.key',
      /signing\.key is gone/,
    ],
    ['the signing key and all of state/', 'rm -r state secrets/signing.key', /signing\.key is gone/],
    [
      'the signing key, docker-compose.yml and both copies of the record',
      'rm docker-compose.yml secrets/signing.key state/identity.json data/identity.json',
      /signing\.key is gone/,
    ],
  ])('must be refused: %s', (_title, strike, words) => mustBeRefusedAfter(strike, words, putFilesBack));

  it.each([
    ['all of data/', remove('data'), /data\/postgres, data\/synapse are gone/],
    ['the media', 'rm -r data/synapse/media_store/.[!.]*', /data\/synapse is not what/],
    [
      'the media directory, with an empty one in its place',
      `${remove('data/synapse')}; install -d -o 991 -g 991 data/synapse/media_store`,
      /data\/synapse is not what/,
    ],
    [
      'the database',
      'docker compose stop synapse; docker compose exec -T postgres psql -qX -U postgres -c "DROP DATABASE synapse"',
      /database synapse is gone/,
    ],
  ])('must be refused: %s', (_title, strike, words) => mustBeRefusedAfter(strike, words));
});

describe('what is not its own', () => {
  const foreignKey = 'cp /srv/other/secrets/signing.key secrets/signing.key';
  const emptyCluster = `docker compose stop; rm -r data/postgres; install -d -m 700 -o 999 -g 999 data/postgres; ${initdb}`;

  it('must be refused: the signing key of another server', () =>
    mustBeRefusedAfter(foreignKey, /secrets\/signing\.key is not what/, putFilesBack));

  it.each([
    ['an empty database cluster', emptyCluster, /data\/postgres is not what/],
    [
      'an empty database cluster that is in use',
      `${emptyCluster}; docker compose start`,
      /data\/postgres(, database synapse)? (is|are) not what|database synapse is gone/,
    ],
    [
      'an empty database cluster in the same directory',
      `docker compose stop; find data/postgres -mindepth 1 -delete; ${initdb}; docker compose start`,
      /data\/postgres/,
    ],
    [
      'the database of another server',
      'docker compose stop; rm -r data/postgres; cp -a /srv/other/data/postgres data/postgres; docker compose start',
      /data\/postgres/,
    ],
    [
      'the data of another server',
      'docker compose stop; rm -r data; cp -a /srv/other/data data',
      /data\/postgres, data\/synapse are not what/,
    ],
    [
      'the data of another server, with no record of its own',
      'docker compose stop; rm -r data state; cp -a /srv/other/data data',
      /data belongs to other\.localhost/,
    ],
  ])('must be refused: %s', (_title, strike, words) => mustBeRefusedAfter(strike, words));

  const database = [
    'DROP DATABASE synapse WITH (FORCE)',
    "CREATE DATABASE synapse OWNER synapse TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'",
  ].map((statement) => `docker compose exec -T postgres psql -qX -U postgres -c "${statement}"`);
  it('must be refused: a database of the same name that somebody created', () =>
    mustBeRefusedAfter(
      ['docker compose stop synapse', ...database, 'docker compose start synapse'].join('; '),
      /database synapse is not what/,
    ));
});

describe('what it is', () => {
  const copies = ['state/identity.json', 'data/identity.json'];

  it.each([[[copies[0]]], [[copies[1]]]])('must be recorded again when %j is lost', async ([lost = '']) => {
    const recorded = await own.readFile(lost);
    await shell(`rm ${lost}`);
    await own.exits(0, 'apply');
    expect(await own.readFile(lost)).toBe(recorded);
    await own.exits(0, 'status');
  });

  it('must be recorded where an earlier version did not', async () => {
    await shell(`rm ${copies.join(' ')}; find data -name '.matrix-deploy-*' -delete`);
    await own.exits(0, 'plan', '--exit-code');
    await own.exits(0, 'apply');
    for (const copy of copies) {
      expect(Object.keys(JSON.parse(await own.readFile(copy)).things)).toEqual(
        expect.arrayContaining(['data/postgres', 'data/synapse', 'database synapse', 'secrets/signing.key']),
      );
    }
    await own.exits(0, 'plan', '--exit-code');
  });

  it('must be what the operator adopts after a restore from a dump', async () => {
    await compose('stop', 'synapse');
    await compose('exec', '-T', 'postgres', 'pg_dump', '-U', 'postgres', '-Fc', '-f', '/tmp/dump', 'synapse');
    await psql('DROP DATABASE synapse');
    await psql("CREATE DATABASE synapse OWNER synapse TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
    await compose('exec', '-T', 'postgres', 'pg_restore', '-U', 'postgres', '-d', 'synapse', '/tmp/dump');
    await own.exits(4, 'apply');
    await own.exits(0, 'apply', '--adopt');
    await own.exits(0, 'plan', '--exit-code');
    await own.exits(0, 'status');
    expect(await session.isLoggedIn()).toBe(true);
  });
});
