import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { buildBrokenSynapse } from './support/broken-images.ts';
import {
  type Canaries,
  canariesIn,
  canary,
  findCanaries,
  plantSecrets,
  recordCommands,
} from './support/canaries.ts';
import { logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { refusedBySynapse } from './support/refused-settings.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const deployment = new Deployment(host);
const missing = 'matrixdotorg/synapse:none';
const crashing = await buildBrokenSynapse(
  host,
  'crashing',
  'import os\nprint(dict(os.environ), open("/conf/homeserver.yaml").read())\nraise SystemExit(1)\n',
);

/** What an operator may put into matrix.yaml by mistake, and users say. */
const written = {
  turn_shared_secret: canary('turn'),
  smtp_pass: canary('smtp'),
  client_secret: canary('oidc'),
  'new password': canary('password'),
};
let planted: Canaries;
let canaries: Canaries;
const said: string[] = [];

/** Runs matrix-deploy, which must end with this exit code, as a person and as a program would, and remembers all that it says. */
async function say(exitCode: number, ...argv: string[]): Promise<void> {
  for (const format of [[], ['--json']]) {
    const { stdout, stderr } = await deployment.exits(exitCode, ...argv, ...format);
    said.push(stdout, stderr);
  }
}

const configuration = `version: 1
server_name: localhost
host: localhost
synapse: {log_level: DEBUG}
traefik:
  certificates: {issuer: local}
  publish: {address: 127.0.0.1, https: 8443, http: null}
`;

beforeAll(async () => {
  await recordCommands(host);
  planted = await plantSecrets(deployment);
  await host.writeFile(deployment.path('matrix.yaml'), configuration);
  await say(0, 'init', '--local', '--yes');
  canaries = { ...written, ...planted, ...(await privateKeys()) };
});

/** Of each private key that is made here, a line. */
async function privateKeys(): Promise<Canaries> {
  const keys = Object.entries(await deployment.secrets()).filter(([, text]) => text.includes('PRIVATE KEY'));
  return Object.fromEntries(keys.map(([name, text]) => [name, text.split('\n')[1] ?? '']));
}

describe('a secret', () => {
  describe('must not be shown by a run that fails, because', () => {
    afterEach(async () => {
      await lab.registry.heal();
      await host.writeFile(
        deployment.path('secrets/signing.key'),
        `ed25519 a_canary ${canaries['signing.key']}\n`,
      );
      await deployment.writeFile('matrix.yaml', configuration);
      await deployment.exits(0, 'apply');
    });

    it.each([
      ['there are secrets among the overrides', 3, writeSecrets],
      ['Synapse refuses an override', 3, () => override(refusedBySynapse)],
      ['Synapse cannot read its signing key', 3, breakSigningKey],
      ['an image does not exist', 1, () => deployment.edit({ synapse: { image: missing } })],
      ['the registry refuses', 1, refuseToServe],
      ['Synapse crashes', 5, () => deployment.edit({ synapse: { image: crashing } })],
    ])('%s', async (_, exitCode, breakIt) => {
      await breakIt();
      await say(exitCode, 'apply', '--no-backup');
      expect(canariesIn(said.join('\n'), canaries)).toEqual([]);
    });
  });

  it('must be known to those who log in with it and change it', async () => {
    const admin = await logInAsAdmin(deployment);
    const { status } = await admin.call('POST', '/_matrix/client/v3/account/password', {
      new_password: written['new password'],
      logout_devices: false,
      auth: {
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: 'admin' },
        password: canaries.admin_password,
      },
    });
    expect(status).toBe(200);
    await expect(logInAsAdmin(deployment)).rejects.toThrow('cannot log in');
  });

  it('must not be in what the commands say', async () => {
    await say(0, 'plan');
    await say(0, 'status');
    const definitions = await deployment.containers();
    said.push(JSON.stringify(definitions), await deployment.run(['docker', 'compose', 'config']));
    expect(Object.keys(canaries).length).toBeGreaterThanOrEqual(12);
    expect(canariesIn(said.join('\n'), canaries)).toEqual([]);
  });

  it('must be in no environment, command, process, event, rendered file, state or log: in no file but its own', async () => {
    const found = await findCanaries(host, canaries);
    const own = deployment.path('secrets/');
    expect(found.filter((place) => !place.startsWith(own))).toEqual([]);
    // It finds what is there.
    expect(found).toEqual(
      expect.arrayContaining(Object.keys(planted).map((name) => `${own}${name}: ${name}`)),
    );
  });

  it.each([
    ['processes', '/tmp/processes', /synapse\.config/],
    ['events', '/var/log/docker.log', /exec_create: psql/],
  ])('must have been looked for in %s that were seen', async (_, file, seen) => {
    expect(await host.readFile(file)).toMatch(seen);
  });

  it('must have been looked for in a log that tells everything', async () => {
    const log = await deployment.run(['docker', 'compose', 'logs', 'synapse']);
    expect(log).toMatch(/ - DEBUG - POST-/);
  });
});

function override(overrides: object): Promise<void> {
  return deployment.edit({ synapse: { overrides } });
}

function writeSecrets(): Promise<void> {
  return override({
    turn_shared_secret: written.turn_shared_secret,
    email: { smtp_pass: written.smtp_pass },
    oidc_providers: [{ idp_id: 'x', client_secret: [written.client_secret] }],
  });
}

async function breakSigningKey(): Promise<void> {
  await host.writeFile(
    deployment.path('secrets/signing.key'),
    `ed25519 a_canary ${canaries['signing.key']}!\n`,
  );
  await override({ report_stats: true });
}

async function refuseToServe(): Promise<void> {
  await lab.registry.fail(missing, 'too-many-requests');
  await deployment.edit({ synapse: { image: missing } });
}
