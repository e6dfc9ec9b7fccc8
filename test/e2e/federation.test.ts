import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { installSsh, letIn } from '../lab/ssh-tree.ts';
import { Client } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { EncryptedClient } from './support/encrypted-client.ts';
import { addUser, deployFederating, labOverrides, password } from './support/federating-server.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const images = [...stackImages, testedImage('restic')];
const [alpha, beta, clients, newHost] = await Promise.all([
  deployFederating(lab, 'alpha', { images }),
  deployFederating(lab, 'beta'),
  lab.host('clients'),
  lab.host('gamma', { images }),
]);
const [alice, bob] = await Promise.all([user(alpha, 'alice'), user(beta, 'bob')]);
afterAll(() => Promise.all([alice, bob].map(({ chat }) => chat.close())));

/** A user who sits at a machine of their own: at a chat program, and with a session for what needs none. */
async function user(server: Deployment, localpart: string) {
  const id = await addUser(server, localpart);
  const homeserver = new Client({ from: clients, url: `https://matrix.${server.serverName}` });
  const [chat, plain] = await Promise.all([
    EncryptedClient.logIn(clients, id, password),
    homeserver.logIn(localpart, password),
  ]);
  return { id, chat, plain };
}

describe('an encrypted room with users of two servers', () => {
  it('must let each read what the other writes, and their servers not', async () => {
    const room = await alice.chat.ask('createRoom', bob.id);
    await bob.chat.ask('join', room);
    await alice.chat.ask('seeMembers', room, 2);
    const conversation = [
      [alice, bob],
      [bob, alice],
    ] as const;
    for (const [one, other] of conversation) {
      const text = randomUUID();
      await one.chat.ask('say', room, text);
      const message = { sender: one.id, text, typeOnServer: 'm.room.encrypted' };
      expect(await other.chat.ask('hear', room, text)).toEqual(message);
      for (const server of [alpha, beta]) {
        expect(await isStored(server, text)).toBe(false);
        expect(await isStored(server, 'm.room.encrypted')).toBe(true);
      }
    }
  });

  /** Is there any event with this text in it in a server's database? */
  async function isStored(server: Deployment, text: string): Promise<boolean> {
    const stored = await server.query(`select exists (select from event_json where json like '%${text}%')`);
    return stored === 't';
  }
});

describe('verify --talk', () => {
  const verify = (typed: string, ...account: string[]) =>
    alpha.host.exec(
      alpha.command('verify', '--talk', '--other-server', 'https://matrix.beta.test', ...account, '--json'),
      { input: `${typed}\n`, timeoutSeconds: 200 },
    );
  const byPassword = ['--other-user', bob.id, '--other-password-file', '-'];

  it('must have messages read here, there and back, and leave no account, room or session', async () => {
    const before = await traceOfBob();
    const { exitCode, stdout, stderr } = await verify(password, ...byPassword);
    const { talk } = JSON.parse(stdout || '{}');
    expect({ exitCode, talk }, stderr).toMatchObject({
      exitCode: 0,
      talk: [
        { code: 'talk-here', verdict: 'passed', to: 'alpha.test' },
        { code: 'talk-there', verdict: 'passed', to: bob.id },
        { code: 'talk-back', verdict: 'passed', from: bob.id },
      ],
    });
    expect(talk).toHaveLength(3);
    await expectNothingLeft();
    expect(await traceOfBob()).toEqual(before);
    // What was said is on the other server as it arrived there.
    expect(await beta.query(saidBy('matrix-deploy-talk-%', 'm.room.encrypted'))).not.toBe('0');
    expect(await beta.query(saidBy('matrix-deploy-talk-%', 'm.room.message'))).toBe('0');
  });

  it('must end the session of a token that it was given', async () => {
    const token = await tokenOfBob();
    const { exitCode, stdout } = await verify(token, '--other-token-file', '-');
    expect({ exitCode, ...JSON.parse(stdout) }).toMatchObject({ exitCode: 0, talk: { length: 3 } });
    const session = await bob.plain.as(token).call('GET', '/_matrix/client/v3/account/whoami');
    expect(session.status).toBe(401);
  });

  it('must say why where the other account is not let in, and leave nothing either', async () => {
    const { exitCode, stdout } = await verify('not the password', ...byPassword);
    expect({ exitCode, ...JSON.parse(stdout) }).toMatchObject({
      exitCode: 8,
      talk: [
        { code: 'talk-here', verdict: 'passed' },
        { code: 'talk-there', verdict: 'failed', saw: expect.stringContaining(bob.id) },
      ],
    });
    await expectNothingLeft();
  });

  it('must leave nothing either where it is interrupted while both servers are at it', async () => {
    const before = await traceOfBob();
    await alpha.host.writeFile('/srv/token-of-bob', await tokenOfBob(), '0600');
    const account = ['--other-server', 'https://matrix.beta.test', '--other-token-file', '/srv/token-of-bob'];
    const run = await alpha.host.spawn(alpha.command('verify', '--talk', ...account));
    run.stdout.resume();
    const said = run.stderr.toArray();
    const ended = once(run, 'exit');
    const invited = `select count(*) from room_memberships where user_id = '${bob.id}' and sender like '@matrix-deploy-talk-%'`;
    const already = await alpha.query(invited);
    await waitUntil('bob is invited', async () => (await alpha.query(invited)) !== already);
    await alpha.host.signal(run, 'SIGINT');
    expect(await ended).toEqual([130, null]);
    expect((await said).join('')).not.toContain('could not');
    await expectNothingLeft();
    expect(await traceOfBob()).toEqual(before);
  });

  async function tokenOfBob(): Promise<string> {
    const { body } = await bob.plain.call('POST', '/_matrix/client/v3/login', {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'bob' },
      password,
    });
    return body.access_token;
  }

  function saidBy(localpart: string, type: string): string {
    return `select count(*) from events where sender like '@${localpart}' and type = '${type}'`;
  }

  /** The sessions and the rooms of the account that was talked to. */
  async function traceOfBob() {
    const sessions = await beta.query(
      "select device_id from devices where user_id like '@bob:%' and not hidden order by 1",
    );
    const { body } = await bob.plain.call('GET', '/_matrix/client/v3/joined_rooms');
    return { sessions, rooms: body.joined_rooms };
  }

  async function expectNothingLeft() {
    const own = "like '@matrix-deploy-talk-%'";
    expect(await alpha.query(`select count(*) from users where name ${own} and deactivated = 0`)).toBe('0');
    expect(await alpha.query(`select count(*) from devices where user_id ${own}`)).toBe('0');
    expect(await alpha.query(`select count(*) from rooms where creator ${own}`)).toBe('0');
  }
});

describe('a file of 50 MB that is uploaded to one server', () => {
  it('must arrive whole on the other', async () => {
    await clients.run(['sh', '-c', 'head --bytes 50000000 /dev/urandom >/tmp/sent']);
    const upload = ['--data-binary', '@/tmp/sent', '--header', 'Content-Type: application/octet-stream'];
    const { content_uri: uri } = JSON.parse(await alice.plain.curl(upload, '/_matrix/media/v3/upload'));
    const download = `/_matrix/client/v1/media/download/${uri.slice('mxc://'.length)}`;
    await bob.plain.curl(['--fail-with-body', '--output', '/tmp/received'], download);
    await clients.run(['cmp', '/tmp/sent', '/tmp/received']);
  });
});

describe('a file that takes longer, over a slow line, than an answer of another kind may take', () => {
  const answerSeconds = 10;

  it('must arrive whole all the same', async () => {
    await clients.run(['sh', '-c', 'head --bytes 2000000 /dev/urandom >/tmp/sent']);
    const upload = ['--data-binary', '@/tmp/sent', '--header', 'Content-Type: application/octet-stream'];
    const { content_uri: uri } = JSON.parse(await alice.plain.curl(upload, '/_matrix/media/v3/upload'));
    await alpha.host.impair({ bytesPerSecond: 128_000 });
    const started = performance.now();
    const download = `/_matrix/client/v1/media/download/${uri.slice('mxc://'.length)}`;
    await bob.plain
      .curl(['--fail-with-body', '--max-time', '100', '--output', '/tmp/received'], download)
      .finally(() => alpha.host.restore());
    const seconds = (performance.now() - started) / 1000;
    await clients.run(['cmp', '/tmp/sent', '/tmp/received']);
    expect(labOverrides.federation.client_timeout).toBe(`${answerSeconds}s`);
    expect(seconds).toBeGreaterThan(answerSeconds);
  });
});

describe('a server that could not be reached for a while', () => {
  it('must be told what it has missed, without anybody doing anything', async () => {
    const room = await alice.plain.createRoom({ invite: [bob.id] });
    await bob.plain.call('POST', `/_matrix/client/v3/join/${room}`);
    await beta.host.cut();
    await alice.plain.say(room, 'are you there?');
    await waitUntil('that alpha notices', hasFailed, { seconds: 60, everyMilliseconds: 500 });
    await beta.host.restore();
    await waitUntil('the message', async () => (await bob.plain.read(room)).includes('are you there?'));
    await bob.plain.say(room, 'I am');
    await waitUntil('the answer', async () => (await alice.plain.read(room)).includes('I am'));
  });

  /** Has alpha tried to send to beta in vain? */
  async function hasFailed(): Promise<boolean> {
    const log = await alpha.run(['docker', 'compose', 'logs', 'synapse']);
    return /\[beta\.test\] Request failed: PUT \S+\/send\//.test(log);
  }
});

describe('a homeserver that is told to trust a private CA', () => {
  const verify = `
import sys
from OpenSSL import crypto, SSL
from twisted.internet.ssl import platformTrust
context = SSL.Context(SSL.TLS_CLIENT_METHOD)
platformTrust()._addCACertsToContext(context)
root = crypto.load_certificate(crypto.FILETYPE_PEM, open(sys.argv[1], "rb").read())
crypto.X509StoreContext(context.get_cert_store(), root).verify_certificate()`;

  it('must trust the public ones as well', async () => {
    const python = ['docker', 'compose', 'exec', '-T', 'synapse', 'python3', '-c', verify];
    await alpha.run([...python, '/etc/ssl/certs/ISRG_Root_X1.pem']);
  });
});

/** What happens to alpha is the last that this file is about. */
describe('a server that is restored, and then moved to another host', () => {
  let room: string;
  const said: string[] = [];

  async function say(one: typeof alice, other: typeof alice): Promise<void> {
    const text = randomUUID();
    await one.chat.ask('say', room, text);
    await other.chat.ask('hear', room, text);
    said.push(text);
  }

  it('must go on in an encrypted room with those who have more of it than the backup', async () => {
    room = await alice.chat.ask('createRoom', bob.id);
    await bob.chat.ask('join', room);
    await alice.chat.ask('seeMembers', room, 2);
    await say(alice, bob);
    await say(bob, alice);
    await alpha.exits(0, 'backup');
    await say(alice, bob);
    await say(bob, alice);
    await alpha.exits(0, 'restore', '--yes');
    await say(bob, alice);
    await say(alice, bob);
    // The other server has what the backup does not, and gives it back.
    await waitUntil('all of it', async () => (await alice.chat.ask('reread', room)).length === said.length);
    expect(await alice.chat.ask('reread', room)).toEqual(said);
    await alpha.exits(0, 'restore', '--finish', '--yes');
  });

  it('must be found there by its clients and by other servers, with all that was said', async () => {
    await Promise.all([installSsh(alpha.host), installSsh(newHost)]);
    await letIn(newHost, alpha.host, 'gamma.lab');
    await alpha.exits(0, 'move', 'root@gamma.lab', '--yes');
    for (const name of ['alpha.test', 'matrix.alpha.test']) await lab.dns.set(name, 'A', newHost.address);
    await say(bob, alice);
    await say(alice, bob);
    expect(await alice.chat.ask('reread', room)).toEqual(said);
    await new Deployment(newHost, { serverName: 'alpha.test' }).exits(0, 'verify');
  });
});
