import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { buildBrokenSynapse } from './support/broken-images.ts';
import { type Client, logInAsAdmin } from './support/client.ts';
import { Deployment, serviceOf } from './support/deployment.ts';
import { refusalOfSynapse, refusedBySynapse } from './support/refused-settings.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });

const complaint = 'IncorrectDatabaseSetup: the database is too new for this version';
const crashing = await buildBrokenSynapse(
  host,
  'crashing',
  `import sys\nprint("synapse.storage.engines.${complaint}", file=sys.stderr)\nsys.exit(1)\n`,
);
const hanging = await buildBrokenSynapse(host, 'hanging', 'import time\ntime.sleep(3600)\n');

describe('a Synapse that cannot start', () => {
  const deployment = new Deployment(host, { directory: '/srv/running', serverName: 'running.localhost' });
  let session: Client;

  beforeAll(async () => {
    await deployment.init();
    session = await logInAsAdmin(deployment);
  });

  afterEach(async () => {
    await deployment.edit({ synapse: { image: testedImage('synapse') } });
    await deployment.exits(0, 'apply');
  });

  it.each([
    ['crashes', crashing, complaint],
    ['hangs', hanging, 'logged nothing'],
  ])('must be told soon when it %s, and leave the previous version serving', async (_, image, why) => {
    const before = await deployment.containerIds();
    await deployment.edit({ synapse: { image } });

    const begun = Date.now();
    const { exitCode, stderr } = await deployment.cli('apply', '--no-backup');

    // Of a service that is at work, a probe waits for 900 seconds.
    expect(Date.now() - begun).toBeLessThan(220_000);
    expect({ exitCode, stderr }).toEqual({ exitCode: 5, stderr: expect.stringContaining(why) });
    expect(await session.isLoggedIn()).toBe(true);
    expect((await deployment.container('synapse')).Config.Image).toContain(testedImage('synapse'));
    expect(await deployment.readFile('docker-compose.yml')).not.toContain(image);
    const { synapse: _replaced, ...others } = before;
    expect(await deployment.containerIds()).toMatchObject(others);
    await deployment.exits(6, 'plan', '--exit-code');
  });
});

describe.each([
  ['cannot start', { image: crashing }, { image: testedImage('synapse') }, 5, complaint],
  ['refuses its configuration', { overrides: refusedBySynapse }, { overrides: {} }, 3, refusalOfSynapse],
])('a first installation whose Synapse %s', (_, wrong, right, exitCode, why) => {
  const serverName = `first-${exitCode}.localhost`;
  const deployment = new Deployment(host, { directory: `/srv/first-${exitCode}`, serverName });

  // The next one publishes the same port.
  afterAll(() => deployment.exits(0, 'destroy', '--yes'));

  it('must be told, and leave no container that restarts forever', async () => {
    await host.writeFile(deployment.path('matrix.yaml'), firstConfiguration(serverName, wrong));
    const { stderr } = await deployment.exits(exitCode, 'init', '--local', '--yes');
    expect(stderr).toContain(why);
    const running = (await deployment.containers()).filter(({ State }) => State.Running);
    expect(running.map(serviceOf)).not.toContain('synapse');
    await deployment.exits(8, 'status');
  });

  it('must be finished by the same command once its cause is fixed', async () => {
    const key = await deployment.readFile('secrets/signing.key');
    await deployment.edit({ synapse: right });
    await deployment.exits(0, 'init', '--local', '--yes');
    expect(await (await logInAsAdmin(deployment)).isLoggedIn()).toBe(true);
    expect(await deployment.readFile('secrets/signing.key')).toBe(key);
    await deployment.exits(0, 'plan', '--exit-code');
  });
});

function firstConfiguration(serverName: string, synapse: object): string {
  return `version: 1
server_name: ${serverName}
host: ${serverName}
synapse: ${JSON.stringify(synapse)}
traefik:
  certificates: {issuer: local}
  publish: {address: 127.0.0.1, https: 8555, http: null}
`;
}
