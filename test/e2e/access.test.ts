import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const deployment = new Deployment(host);

beforeAll(async () => {
  await host.run(['useradd', 'mallory']);
  await deployment.init();
});

/** Mode and owner of everything that is ours. */
const protection = () =>
  deployment.run([
    'sh',
    '-c',
    "stat -c '%n %a %u:%g' . matrix.yaml docker-compose.yml secrets secrets/* state data data/* cache synapse synapse/*",
  ]);

const canRead = async (path: string) =>
  (await host.exec(['runuser', '-u', 'mallory', '--', 'cat', deployment.path(path)])).exitCode === 0;

describe('secrets', () => {
  it('must each belong to the one program that reads it', async () => {
    const modes = await deployment.run(['sh', '-c', "stat -c '%n %a %u' secrets/*.key"]);
    expect(modes.trim().split('\n').sort()).toEqual([
      'secrets/local_ca.key 600 0',
      'secrets/localhost.key 400 65532',
      'secrets/signing.key 400 991',
    ]);
  });

  it('must stay closed where their directory is open', async () => {
    await deployment.run(['chmod', '755', 'secrets']);
    expect(await canRead('secrets/signing.key')).toBe(false);
    await deployment.exits(0, 'apply');
  });
});

describe('modes and owners that have drifted', () => {
  it.each([
    ['chmod 755 secrets; chmod 666 secrets/signing.key', 'secrets/signing.key'],
    ['chown mallory secrets', 'secrets'],
    ['chmod 777 data; chmod 755 data/synapse', 'data/synapse'],
    ['chmod 755 state cache', 'state'],
    ['chmod 666 docker-compose.yml synapse/homeserver.yaml', 'docker-compose.yml'],
  ])('by `%s` must be seen, and repaired without a restart', async (script, path) => {
    const [before, containers] = [await protection(), await deployment.containerIds()];
    await deployment.run(['sh', '-c', script]);

    const { changes } = await deployment.ask<{ changes: { resource: string }[] }>('plan');
    expect(changes.map(({ resource }) => resource)).toContain(path);
    const status = await deployment.cli('status', '--json');
    expect(status.exitCode).toBe(8);
    expect(JSON.parse(status.stdout).findings).toContainEqual(
      expect.objectContaining({ about: 'access', verdict: 'failed', finding: expect.stringContaining(path) }),
    );

    await deployment.exits(0, 'apply');
    expect(await protection()).toBe(before);
    expect(await deployment.containerIds()).toEqual(containers);
    expect(await deployment.ask('plan')).toMatchObject({ changes: [] });
    await deployment.exits(0, 'status');
  });

  it.each(['chmod 777 .', 'chown mallory .'])(
    'by `%s` must have every command refuse the directory',
    async (script) => {
      await deployment.run(['sh', '-c', script]);
      for (const command of ['plan', 'status', 'apply']) await deployment.exits(4, command);
      await deployment.run(['sh', '-c', 'chmod 755 .; chown root .']);
    },
  );
});
