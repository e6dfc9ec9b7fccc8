import { beforeAll, describe, expect, it } from 'vitest';
import type { OutsideFinding } from '../../src/apply/verify-outside.ts';
import type { SendingCode } from '../../src/components/mail/sending.ts';
import type { MailReport } from '../../src/procedures/mail/test-mail.ts';
import { attachLab } from '../lab/attach.ts';
import { Authority } from '../lab/certificates.ts';
import { waitUntil } from '../lab/command.ts';
import { type Mail, MailServer, mailPorts } from '../lab/mail-server.ts';
import { Client } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { type PublicInitAnswer, writeConfiguration } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const serverName = 'example.org';
const host = await lab.host('alpha', { images: stackImages, names: [serverName, `matrix.${serverName}`] });
const deployment = new Deployment(host, { serverName });
const homeserver = new Client({ from: host, url: `https://matrix.${serverName}` });
const password = 'canary-mail-password';
const sound = {
  host: 'mail.example.org',
  user: 'matrix',
  password: { from_secret: 'mail_password' },
  sender: 'Matrix <matrix@example.org>',
  notify_after: '1s',
};
const authority = await Authority.create('Root of the mail servers');
const stranger = await Authority.create('Root that nobody knows');
const yesterday = new Date(Date.now() - 24 * 3600 * 1000);

let server: MailServer;

const setPassword = async (value: string) => {
  await host.writeFile('/root/given', value, '600');
  await deployment.exits(0, 'secrets', 'set', 'mail_password', '--file', '/root/given');
};

/** Sends a message with other settings than those that are in force, which nothing is applied of. */
async function tryMail(
  settings: Record<string, unknown>,
  exitCode: number,
  to = 'carol@elsewhere.example',
): Promise<MailReport> {
  await deployment.edit({ mail: { ...sound, ...settings } });
  // A mail server that says nothing is given up sooner.
  const argv = ['env', 'MATRIX_DEPLOY_PATIENCE=0.3', ...deployment.command('mail', 'test', to, '--json')];
  const { stdout, stderr, ...result } = await host.exec(argv);
  expect(result, stderr).toEqual({ exitCode });
  expect(stdout + stderr).not.toContain('canary-');
  await deployment.edit({ mail: { port: undefined, tls: undefined, ...sound } });
  return JSON.parse(stdout);
}

function arrival(isMeant: (mail: Mail) => boolean): Promise<Mail> {
  const find = async () => (await server.mails()).find(isMeant);
  let found: Mail | undefined;
  return waitUntil(
    'a mail',
    async () => {
      found = await find();
      return found !== undefined;
    },
    { seconds: 20 },
  ).then(() => found as Mail);
}

beforeAll(async () => {
  const names = {
    'mail.example.org': await authority.issue(['mail.example.org']),
    'alias.example.org': await authority.issue(['mail.example.org']),
    'expired.example.org': await authority.issue(['expired.example.org'], { notAfter: yesterday }),
    'unknown.example.org': await stranger.issue(['unknown.example.org']),
  };
  server = await MailServer.rent(lab, { names, domain: serverName, account: 'matrix', password });
  await writeConfiguration(deployment, { mail: sound });
  await host.run(['sh', '-c', 'cat >>"$1"', 'add', deployment.path('roots.pem')], {
    input: `\n${authority.certificate.toString('pem')}\n`,
  });
  await setPassword(password);
});

describe('a mail server that is named before the server is set up', () => {
  it('must be logged in at when it has come up', async () => {
    const { outside } = await deployment.ask<PublicInitAnswer>('init', '--yes');
    expect(outside).toContainEqual<Partial<OutsideFinding>>(
      expect.objectContaining({ url: 'smtp://mail.example.org:587', verdict: 'passed' }),
    );
  });

  it("must take a message, and the sender's domain be judged", async () => {
    const before = await tryMail({}, 0, 'dora@example.org');
    expect(before).toMatchObject({ taken: true, tls: 'TLSv1.3', loggedIn: true });
    expect(before.findings.map(({ code }) => code)).toEqual(['spf-missing', 'dkim-unknown', 'dmarc-missing']);
    const { subject, text } = await arrival(({ to }) => to === 'dora@example.org');
    expect(subject).toBe('Test of the mail of example.org');
    expect(text).toContain('From: Matrix <matrix@example.org>');
    await lab.dns.set('example.org', 'TXT', '"v=spf1 -all"');
    await lab.dns.set('_dmarc.example.org', 'TXT', '"v=DMARC1; p=all"');
    const wrong = await tryMail({}, 8);
    expect(wrong.taken).toBe(true);
    expect(wrong.findings.map(({ code }) => code)).toEqual(['spf-elsewhere', 'dkim-unknown', 'dmarc-wrong']);
    await lab.dns.set('example.org', 'TXT', '"v=spf1 a:mail.example.org -all"');
    await lab.dns.set('mail._domainkey.example.org', 'TXT', '"v=DKIM1; p=MIGfMA0"');
    await lab.dns.set('_dmarc.example.org', 'TXT', '"v=DMARC1; p=reject"');
    const after = await tryMail({}, 0);
    expect(after.findings.map(({ verdict }) => verdict)).toEqual(['passed', 'passed', 'passed']);
  });
});

describe('the homeserver', () => {
  const client_secret = 'one';
  let bob: Client;
  let admin: Client;

  it('must let somebody reset a password by a link in a mail', async () => {
    await deployment.exits(0, 'add-user', 'bob', '--email', 'bob@example.org', '--generate-password');
    const { body } = await homeserver.call('POST', '/_matrix/client/v3/account/password/email/requestToken', {
      client_secret,
      email: 'bob@example.org',
      send_attempt: 1,
    });
    const { text } = await arrival(({ to, subject }) => to === 'bob@example.org' && /reset/i.test(subject));
    const link = new URL(
      /https:\/\/\S+submit_token\?[^\s"<]+/.exec(text)?.[0].replaceAll('&amp;', '&') ?? '',
    );
    expect(link.hostname).toBe(`matrix.${serverName}`);
    await homeserver.curl(['--fail', '--data', link.search.slice(1)], link.pathname);
    const changed = await homeserver.call('POST', '/_matrix/client/v3/account/password', {
      new_password: 'another good password',
      auth: { type: 'm.login.email.identity', threepid_creds: { client_secret, sid: body.sid } },
    });
    expect(changed).toMatchObject({ status: 200 });
    bob = await homeserver.logIn('bob', 'another good password');
  });

  it('must mail somebody who is invited', async () => {
    const switchedOn = await bob.call('POST', '/_matrix/client/v3/pushers/set', {
      kind: 'email',
      app_id: 'm.email',
      pushkey: 'bob@example.org',
      app_display_name: 'Email Notifications',
      device_display_name: 'bob@example.org',
      lang: 'en',
      data: {},
    });
    expect(switchedOn).toMatchObject({ status: 200 });
    admin = await homeserver.logIn('admin', await deployment.readFile('secrets/admin_password'));
    await admin.createRoom({ invite: [`@bob:${serverName}`], is_direct: true });
    const { text } = await arrival(({ to, subject }) => to === 'bob@example.org' && /invited/i.test(subject));
    expect(text).toContain('https://matrix.to/');
  });

  it('must mail somebody the message that nobody has read', async () => {
    const room = await admin.createRoom({ name: 'Harbour', preset: 'public_chat' });
    expect(await bob.call('POST', `/_matrix/client/v3/join/${room}`)).toMatchObject({ status: 200 });
    await admin.say(room, 'The boat leaves at six');
    const { subject, text } = await arrival(
      ({ to, text: sent }) => to === 'bob@example.org' && sent.includes('The boat leaves at six'),
    );
    expect(subject).toContain('Harbour');
    expect(text).toContain('https://matrix.to/');
  });

  it('must mail by TLS from the first byte, too, and lead to the web client that is set', async () => {
    await deployment.edit({ mail: { tls: 'implicit', client_url: 'https://chat.example.org' } });
    await deployment.exits(0, 'apply');
    // So that no mail goes the other way.
    const other = ['FORWARD', '-p', 'tcp', '--dport', '587', '-j', 'REJECT'];
    await host.run(['iptables', '-I', ...other]);
    const asked = await bob.call('POST', '/_matrix/client/v3/account/3pid/email/requestToken', {
      client_secret,
      email: 'second@example.org',
      send_attempt: 1,
    });
    expect(asked).toMatchObject({ status: 200 });
    expect((await arrival(({ to }) => to === 'second@example.org')).text).toContain('submit_token');
    const room = await admin.createRoom({ invite: [`@bob:${serverName}`], is_direct: true });
    const link = `https://chat.example.org/#/room/${room}`;
    await arrival(({ to, text }) => to === 'bob@example.org' && text.includes(link));
    await host.run(['iptables', '-D', ...other]);
    await deployment.edit({ mail: { tls: undefined, client_url: undefined } });
    await deployment.exits(0, 'apply');
  });
});

describe('what keeps a mail from being sent', () => {
  const none = { user: undefined, password: undefined };

  it.each<[SendingCode, Record<string, unknown>]>([
    ['name-not-found', { host: 'nowhere.example.org' }],
    ['connection-refused', { port: 26 }],
    ['no-greeting', { port: mailPorts.implicit }],
    ['not-tls', { port: mailPorts.submission, tls: 'implicit' }],
    ['no-starttls', { port: mailPorts.plain }],
    ['certificate-name', { host: 'alias.example.org' }],
    ['certificate-expired', { host: 'expired.example.org', tls: 'implicit' }],
    ['certificate-unknown', { host: 'unknown.example.org' }],
    ['relay-refused', { ...none, tls: 'none' }],
    ['sender-refused', { sender: 'matrix@other.example' }],
  ])('must be told as %s', async (code, settings) => {
    const { taken, findings } = await tryMail(settings, 8);
    expect(taken).toBe(false);
    expect(findings.filter(({ verdict }) => verdict === 'failed').map((finding) => finding.code)).toEqual([
      code,
    ]);
  });

  it('must be told as a wrong password, also by the apply of it, and by verify', async () => {
    await setPassword('canary-wrong');
    expect((await tryMail({}, 8)).findings[0]).toMatchObject({ code: 'wrong-password' });
    for (const command of ['apply', 'verify']) {
      const { stdout } = await deployment.exits(8, command);
      expect(stdout).toContain('[wrong-password]');
    }
    await setPassword(password);
  });

  it.each([
    [mailPorts.submission, {}, mailPorts.implicit],
    [mailPorts.relay, { ...none, tls: 'none' }, mailPorts.submission],
  ])(
    'must be told as a port that is blocked, %i, with one that is open',
    async (port, settings, openPort) => {
      const rule = ['FORWARD', '-p', 'tcp', '--dport', String(port), '-j', 'DROP'];
      await host.run(['iptables', '-I', ...rule]);
      const [finding] = (await tryMail(settings, 8)).findings;
      await host.run(['iptables', '-D', ...rule]);
      expect(finding).toMatchObject({
        code: 'port-blocked',
        remedy: expect.stringContaining(`port to ${openPort}`),
      });
    },
  );
});
