import { beforeAll, describe, expect, it } from 'vitest';
import { signingKeyIdentity } from '../../src/components/synapse/signing-key.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { canary, findCanaries } from './support/canaries.ts';
import { Client } from './support/client.ts';
import { deaths } from './support/deaths.ts';
import { Deployment } from './support/deployment.ts';
import { addUser, deployFederating, password } from './support/federating-server.ts';
import { ask } from './support/web.ts';

const lab = await attachLab();
const [alpha, beta, clients] = await Promise.all([
  deployFederating(lab, 'alpha'),
  deployFederating(lab, 'beta'),
  lab.host('clients'),
]);
const local = new Deployment(alpha.host, { directory: '/srv/local' });
const [alice, bob] = await Promise.all([user(alpha, 'alice'), user(beta, 'bob')]);

async function user(server: Deployment, localpart: string) {
  const id = await addUser(server, localpart);
  const homeserver = new Client({ from: clients, url: `https://matrix.${server.serverName}` });
  return { id, client: await homeserver.logIn(localpart, password) };
}

/** All that was ever a secret of alpha's, and all that was said while it was. */
const values: Record<string, string> = {};
const said: string[] = [];

async function rememberSecrets(): Promise<Record<string, string>> {
  const secrets = await alpha.secrets();
  for (const [name, text] of Object.entries(secrets)) {
    const value = name === 'signing.key' ? text.trim().split(' ')[2] : text.trim();
    // What Synapse gives out is in its database.
    if (!name.endsWith('.conf') && name !== 'tool_session')
      values[`${name} ${Object.keys(values).length}`] = String(value);
  }
  return secrets;
}

/** Rotates secrets of alpha's: those before, and those after. */
async function rotate(...names: string[]) {
  const before = await rememberSecrets();
  const { stdout, stderr } = await alpha.exits(0, 'secrets', 'rotate', ...names, '--yes');
  said.push(stdout, stderr);
  return { before, after: await rememberSecrets() };
}

/** What a rotation of the password has died at: what another one does as well need not be died at again. */
const effects: string[] = [];
const isRestart = (effect: string) => /compose.* up /.test(effect);
const minutes = (count: number) => count * 60_000;

async function mustHaveConverged(deployment = alpha): Promise<void> {
  await deployment.exits(0, 'plan', '--exit-code');
  await deployment.exits(0, 'status');
}

const psql = (server: Deployment, statement: string) =>
  server.run([
    'docker',
    'compose',
    'exec',
    '-T',
    'postgres',
    'psql',
    '-qAtX',
    '-U',
    'postgres',
    '-d',
    'synapse',
    '-c',
    statement,
  ]);

async function publishedKeys() {
  const { body } = await ask(clients, 'https://matrix.alpha.test/_matrix/key/v2/server');
  return JSON.parse(body) as {
    verify_keys: Record<string, { key: string }>;
    old_verify_keys: Record<string, { key: string; expired_ts: number }>;
  };
}

/** Lets beta know no more of alpha's keys than a server that meets it for the first time. */
async function forgetKeysOnBeta(): Promise<void> {
  for (const table of ['server_keys_json', 'server_signature_keys']) {
    await psql(beta, `DELETE FROM ${table} WHERE server_name = 'alpha.test'`);
  }
  await beta.run(['docker', 'compose', 'restart', 'synapse']);
  await waitUntil('beta', () => bob.client.isLoggedIn(), { seconds: 90 });
}

const inRoom = (room: string, action: string) => `/_matrix/client/v3/${action}/${encodeURIComponent(room)}`;

describe("the database's password", () => {
  /** Does Postgres let Synapse's role in with this? */
  async function opens(secret: string | undefined): Promise<boolean> {
    const script = `PGPASSWORD=$(cat) psql -qAtX -h 127.0.0.1 -U synapse -d synapse -c 'SELECT 1'`;
    const { exitCode } = await alpha.host.exec(
      ['docker', 'compose', 'exec', '-T', 'postgres', 'sh', '-c', script],
      { cwd: alpha.directory, input: String(secret) },
    );
    return exitCode === 0;
  }

  async function mustServe(): Promise<void> {
    const secrets = await rememberSecrets();
    const { synapse_database_password: current = '' } = secrets;
    expect(secrets['synapse_pg_service.conf']).toContain(`password=${current}\n`);
    expect(await opens(current)).toBe(true);
    // Who reads it, reads it when it starts.
    await alpha.run(['docker', 'compose', 'restart', 'synapse']);
    await waitUntil('alpha', () => alice.client.isLoggedIn(), { seconds: 90 });
  }

  it('must be another one in Postgres, too, and no session end, when it is rotated', async () => {
    const { before } = await rotate('synapse_database_password');
    expect(await opens(before.synapse_database_password)).toBe(false);
    await mustServe();
    await mustHaveConverged();
  });

  it(
    'must be one everywhere after the next apply, and after the next rotation, wherever one dies',
    async () => {
      for await (const effect of deaths(alpha, ['secrets', 'rotate', 'synapse_database_password', '--yes'])) {
        effects.push(effect);
        // From here on it is an apply like any other.
        if (isRestart(effect)) break;
        // Where the places that have it may differ; at the others, the next rotation goes on.
        if (/secrets\/|psql/.test(effect)) {
          await alpha.exits(0, 'apply');
          await alpha.exits(0, 'plan', '--exit-code');
          expect(await opens((await rememberSecrets()).synapse_database_password), effect).toBe(true);
        }
      }
      expect(effects.filter((effect) => /secrets\/|psql/.test(effect)).length).toBeGreaterThan(2);
      expect(effects.some(isRestart)).toBe(true);
      await alpha.exits(0, 'apply');
      await mustServe();
    },
    minutes(10),
  );

  it('must be one everywhere after apply, when it is lost or changed in one place', async () => {
    for (const strike of [
      ['rm', 'secrets/synapse_database_password'],
      ['sh', '-c', `printf ${canary('elsewhere')} >secrets/synapse_database_password`],
    ]) {
      await alpha.run(strike);
      await alpha.exits(0, 'apply');
      await mustServe();
    }
    await psql(alpha, "ALTER ROLE synapse PASSWORD 'by hand'");
    await alpha.exits(6, 'plan', '--exit-code');
    // An apply that finds every file and container as it was does not ask the database.
    await alpha.run(['touch', 'secrets/synapse_database_password']);
    await alpha.exits(0, 'apply');
    await mustServe();
    await mustHaveConverged();
  });
});

describe('a signing key that is rotated', () => {
  it('must go on as an old key, by which a stranger accepts what it has signed', async () => {
    const room = await alice.client.createRoom({ preset: 'public_chat' });
    await alice.client.say(room, 'signed with the key before');
    const { before, after } = await rotate('signing.key');
    const [oldName = '', oldKey] = signingKeyIdentity(String(before['signing.key'])).split(' ');
    const newIdentity = signingKeyIdentity(String(after['signing.key']));
    const [newName = '', newKey] = newIdentity.split(' ');
    const published = await publishedKeys();
    expect(published.verify_keys).toEqual({ [newName]: { key: newKey } });
    expect(published.old_verify_keys).toEqual({ [oldName]: { key: oldKey, expired_ts: expect.any(Number) } });
    for (const copy of ['state/identity.json', 'data/identity.json']) {
      expect(JSON.parse(await alpha.readFile(copy)).things['secrets/signing.key']).toBe(newIdentity);
    }
    expect(await alice.client.isLoggedIn()).toBe(true);
    await mustHaveConverged();

    await forgetKeysOnBeta();
    await alice.client.call('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/invite`, {
      user_id: bob.id,
    });
    await waitUntil(
      'that bob may join',
      async () => (await bob.client.call('POST', inRoom(room, 'join'), {})).status === 200,
    );
    await alice.client.say(room, 'signed with the new key');
    await waitUntil('both messages', async () => {
      const texts = await bob.client.read(room);
      return texts.includes('signed with the key before') && texts.includes('signed with the new key');
    });
  });

  it('must be another one, and the one before an old key, wherever the command dies', async () => {
    const [before = ''] = Object.keys((await publishedKeys()).verify_keys);
    let died = 0;
    for await (const effect of deaths(alpha, ['secrets', 'rotate', 'signing.key', '--yes'], {
      known: effects.filter((each) => !isRestart(each)),
    })) {
      died += 1;
      await rememberSecrets();
      // From here on it is an apply like any other; a server that is not replaced yet has the key before.
      if (isRestart(effect)) break;
      expect(Object.keys((await publishedKeys()).verify_keys), effect).toEqual([before]);
    }
    expect(died).toBeGreaterThan(3);
    await alpha.exits(0, 'apply');
    await mustHaveConverged();
    const published = await publishedKeys();
    expect(Object.keys(published.verify_keys)).not.toContain(before);
    expect(Object.keys(published.old_verify_keys)).toContain(before);
  });

  it('must be replaced on purpose where it is lost, and never by apply', async () => {
    const [lost] = Object.keys((await publishedKeys()).verify_keys);
    await alpha.run(['rm', 'secrets/signing.key']);
    const { stderr } = await alpha.exits(4, 'apply');
    expect(stderr).toContain('secrets rotate signing.key');
    await rotate('signing.key');
    expect(Object.keys((await publishedKeys()).old_verify_keys)).toContain(lost);
    await mustHaveConverged();
  });
});

describe('tokens that Synapse reads', () => {
  const names = ['macaroon_secret_key', 'form_secret', 'registration_shared_secret'];

  it('must be others, and every session and the tool go on', async () => {
    await alpha.exits(0, 'users', 'list');
    const { before, after } = await rotate(...names);
    for (const name of names) expect(after[name]).not.toBe(before[name]);
    expect(await alice.client.isLoggedIn()).toBe(true);
    await mustHaveConverged();
    // Its password follows from one of them.
    await alpha.exits(0, 'users', 'revoke-tool-session');
    await alpha.exits(0, 'users', 'list');
    await alpha.exits(0, 'add-user', 'carol', '--generate-password');
  });

  it('must not lock the tool out where no session of it was open', async () => {
    await alpha.exits(0, 'users', 'revoke-tool-session');
    await rotate('registration_shared_secret');
    await alpha.exits(0, 'users', 'revoke-tool-session');
    await alpha.exits(0, 'users', 'list');
    expect(Object.keys(await alpha.secrets())).not.toContain('tool_password');
  });

  it('must be created again on purpose where they are lost, and never by apply', async () => {
    await alpha.run(['rm', 'secrets/macaroon_secret_key']);
    await alpha.exits(4, 'apply');
    await rotate('macaroon_secret_key');
    expect(await alice.client.isLoggedIn()).toBe(true);
    await mustHaveConverged();
  });
});

describe('the keys of a local server', () => {
  beforeAll(() => local.init());
  const shell = (script: string) => local.run(['sh', '-ec', script]);
  const publicHalf = (name: string) => shell(`openssl pkey -in secrets/${name} -pubout`);

  it.each(['localhost.key', 'localhost.pem', 'local_ca.key'])(
    'must be rotated with their certificates: %s',
    async (name) => {
      const key = name.replace('.pem', '.key');
      const before = await publicHalf(key);
      await local.exits(0, 'secrets', 'rotate', name, '--yes');
      expect(await publicHalf(key)).not.toBe(before);
      await shell('openssl verify -CAfile secrets/local_ca.pem secrets/localhost.pem');
      expect(await shell('openssl x509 -in secrets/localhost.pem -noout -pubkey')).toBe(
        await publicHalf('localhost.key'),
      );
      await mustHaveConverged(local);
      await local.exits(0, 'verify');
    },
  );
});

describe('what is refused', () => {
  it.each([
    ['nonsense', /there is no secret/],
    ['tool_session', /users revoke-tool-session/],
  ])('must leave everything as it is: %s', async (name, words) => {
    const before = await alpha.secrets();
    const { stderr } = await alpha.exits(1, 'secrets', 'rotate', name, '--yes');
    expect(stderr).toMatch(words);
    expect(await alpha.secrets()).toEqual(before);
  });
});

it('no secret, old or new, must be in anything that was said or written but in its own file', async () => {
  await rememberSecrets();
  for (const [name, value] of Object.entries(values)) expect(said.join('\n'), name).not.toContain(value);
  const found = await findCanaries(alpha.host, values);
  expect(found.filter((place) => !place.startsWith(alpha.path('secrets/')))).toEqual([]);
  expect(found.length).toBeGreaterThan(0);
});
