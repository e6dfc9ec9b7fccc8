import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { attachLab } from '../lab/attach.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const deployment = new Deployment(host);
let asSetUp: string;

beforeAll(async () => {
  await deployment.init();
  asSetUp = await deployment.readFile('matrix.yaml');
});

/** The settings that a plan warns of, with these changes to what was set up. */
async function warned(changes: Parameters<Deployment['edit']>[0]): Promise<string[]> {
  await deployment.writeFile('matrix.yaml', asSetUp);
  await deployment.edit(changes);
  const { warnings } = await deployment.ask<{ warnings: { setting: string }[] }>('plan');
  return warnings.map(({ setting }) => setting);
}

/** Both plan and apply must refuse these changes as a mistake in the configuration, and what runs must not be touched. */
async function mustRefuse(changes: Parameters<Deployment['edit']>[0]): Promise<void> {
  const before = await deployment.containerIds();
  await deployment.writeFile('matrix.yaml', asSetUp);
  await deployment.edit(changes);
  await deployment.exits(3, 'plan');
  await deployment.exits(3, 'apply');
  expect(await deployment.containerIds()).toEqual(before);
}

describe('what Synapse takes without a word', () => {
  it('must be warned of: a Redis that is not there, and an identity provider that nobody reaches', async () => {
    const oidc_providers = [{ idp_id: 'x', client_id: 'y', issuer: 'https://id.nowhere.test/' }];
    const overrides = { redis: { enabled: true }, oidc_providers };
    expect(await warned({ synapse: { overrides } })).toEqual([
      'synapse.overrides.redis.enabled',
      'synapse.overrides.oidc_providers[0].issuer',
    ]);
  });

  it('must be warned of: an older Synapse that starts with the database', async () => {
    expect(await warned({ synapse: { image: 'matrixdotorg/synapse:v1.160.0' } })).toEqual(['synapse.image']);
  });
});

describe('an image that cannot use the data', () => {
  it.each([
    ['Postgres of an older major release', { postgres: { image: 'postgres:16' } }],
    ['Synapse from before the database', { synapse: { image: 'mirror.test/synapse:v1.95.0' } }],
  ])('must be refused: %s', (_case, changes) => mustRefuse(changes));
});

describe('the registration of an application service', () => {
  const registration = {
    id: 'irc',
    url: 'http://198.51.100.1:9999',
    as_token: 'a',
    hs_token: 'h',
    sender_localpart: '_irc',
    namespaces: {},
  };
  const changes = { synapse: { overrides: { app_service_config_files: ['/conf/extra/irc.yaml'] } } };

  async function register(content: object): Promise<void> {
    await host.run(['mkdir', '--parents', deployment.path('synapse/extra')]);
    await deployment.writeFile('synapse/extra/irc.yaml', stringify(content));
  }

  it('must be refused without what Synapse wants of it, before anything restarts', async () => {
    await register({ ...registration, hs_token: undefined });
    await mustRefuse(changes);
  });

  it('must be warned of where nobody answers at its address, and be taken all the same', async () => {
    await register(registration);
    expect(await warned(changes)).toEqual(['synapse/extra/irc.yaml']);
    const { warnings } = await deployment.ask<{ warnings: unknown[] }>('apply');
    expect(warnings).toHaveLength(1);
  });
});
