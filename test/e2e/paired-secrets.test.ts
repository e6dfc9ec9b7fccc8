import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { deaths } from './support/deaths.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const deployment = new Deployment(await lab.host('alpha', { images: stackImages }));
const shell = (script: string) => deployment.run(['sh', '-ec', script]);

beforeAll(() => deployment.init());

/** What a restart shows: a service reads its secrets only when it starts. */
async function mustServeAfterRestart(): Promise<void> {
  await shell('docker compose restart');
  await deployment.exits(0, 'apply');
  await deployment.exits(0, 'plan', '--exit-code');
  await deployment.exits(0, 'status');
  await shell('openssl verify -CAfile secrets/local_ca.pem secrets/localhost.pem');
  const publicHalves = await shell(
    'openssl x509 -in secrets/localhost.pem -noout -pubkey; openssl pkey -in secrets/localhost.key -pubout',
  );
  const [certified, own] = publicHalves.split('-----END PUBLIC KEY-----\n');
  expect(certified?.trim()).toBe(own?.replace('-----END PUBLIC KEY-----', '').trim());
}

describe('a secret of which others are made', () => {
  it.each([
    ["a certificate's key", 'localhost.key'],
    ['a certificate', 'localhost.pem'],
    ["the local CA's key", 'local_ca.key'],
    ["the local CA's certificate", 'local_ca.pem'],
    ['both keys', 'local_ca.key secrets/localhost.key'],
    ['the connection file', 'synapse_pg_service.conf'],
    ['the password of the database', 'synapse_database_password'],
  ])('must be created again with them, and be read, when it is lost: %s', async (_title, names) => {
    await shell(`rm secrets/${names}`);
    await deployment.exits(0, 'apply');
    await mustServeAfterRestart();
  });

  it('must be one with them wherever apply dies', async () => {
    await shell('rm secrets/local_ca.key');
    let died = 0;
    for await (const _effect of deaths(deployment, ['apply'])) died += 1;
    expect(died).toBeGreaterThan(3);
    await mustServeAfterRestart();
  });
});
