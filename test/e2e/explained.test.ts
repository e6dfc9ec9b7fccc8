import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { buildBrokenSynapse } from './support/broken-images.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const deployment = new Deployment(host);

beforeAll(() => deployment.init());

/** What breaks a server that runs, what it must be told, and what repairs it as the advice says. */
const faults: [string, string, RegExp, RegExp, string][] = [
  [
    'the database’s files lost their owner',
    'docker compose stop postgres && chown -R 0:0 data/postgres',
    /data\/postgres(?:\/\S+)? belongs to user 0/,
    /chown -R 999:999 data\/postgres/,
    'chown -R 999:999 data/postgres',
  ],
  [
    'some of the database’s files lost their owner',
    'docker compose stop postgres && chown 0:0 data/postgres/PG_VERSION data/postgres/global',
    /data\/postgres\/\S+ belongs to user 0/,
    /chown -R 999:999 data\/postgres/,
    'chown -R 999:999 data/postgres',
  ],
  [
    'the database’s configuration is closed to it',
    'docker compose stop postgres && chmod 600 postgres/pg_hba.conf',
    /mode of postgres\/pg_hba\.conf is 0600/,
    /chmod 0644 postgres\/pg_hba\.conf/,
    'chmod 0644 postgres/pg_hba.conf',
  ],
  [
    'the media were moved to another disk',
    'docker compose stop synapse && mv data/synapse/media_store /mnt/media && ln -s /mnt/media data/synapse/media_store',
    /media_store is a symbolic link to \/mnt\/media/,
    /mount --bind/,
    'rm data/synapse/media_store && mv /mnt/media data/synapse/media_store',
  ],
  [
    'the configuration is closed to the homeserver',
    'docker compose stop synapse && chmod 600 synapse/homeserver.yaml',
    /mode of synapse\/homeserver\.yaml is 0600/,
    /chmod 0644 synapse\/homeserver\.yaml/,
    'chmod 0644 synapse/homeserver.yaml',
  ],
];

describe.each(faults)('where %s', (_, breaks, cause, remedy, repair) => {
  afterEach(async () => {
    await deployment.run(['sh', '-c', repair]);
    // It ends with 0 only when every service has answered.
    await deployment.exits(0, 'apply');
  });

  it('apply and status must say so and what to do, and give no dangerous advice', async () => {
    await deployment.run(['sh', '-c', breaks]);
    const { stderr } = await deployment.exits(5, 'apply');
    expect(stderr).toMatch(cause);
    expect(stderr).toMatch(remedy);
    const { stdout } = await deployment.exits(8, 'status');
    expect(stdout).toMatch(cause);
    expect(stdout).toMatch(remedy);
    expect(stderr + stdout).not.toMatch(/trust|matrix\.yaml: /i);
  });
});

describe('a change with which the homeserver runs out of memory', () => {
  it('must be told as that, and taken back', async () => {
    const image = await buildBrokenSynapse(host, 'hungry', 'all = bytearray(1 << 30)\n');
    await deployment.edit({ synapse: { image, memory: '256m' } });
    const { stderr } = await deployment.exits(5, 'apply', '--no-backup');
    expect(stderr).toContain('synapse did not become healthy: it needs more memory than the 256m');
    expect(stderr).toMatch(/higher `memory`/);
    expect(stderr).toContain('The previous version serves again.');
    await deployment.edit({ synapse: { image: testedImage('synapse'), memory: '1g' } });
    await deployment.exits(0, 'apply');
  });
});

describe('a change to a port that is in use', () => {
  it('must be told as that, and taken back', async () => {
    await host.start(['node', '-e', 'require("net").createServer().listen(9443, "127.0.0.1")']);
    await deployment.edit({ traefik: { publish: { address: '127.0.0.1', https: 9443, http: null } } });
    const { exitCode, stderr } = await deployment.cli('apply', '--skip-check', 'ports');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 5,
      stderr: expect.stringContaining('9443'),
    });
    expect(stderr).toContain('is in use by another program');
    expect(stderr).toContain('The previous version serves again.');
  });
});
