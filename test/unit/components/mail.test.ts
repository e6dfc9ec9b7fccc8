import { describe, expect, test } from 'vitest';
import { emailSettings, type MailAccount } from '../../../src/components/mail/account.ts';
import { judgeSending } from '../../../src/components/mail/judge-sending.ts';
import { mail } from '../../../src/components/mail/mail.ts';
import { addressIn, options } from '../../../src/components/mail/options.ts';
import type { Sending, SendingCode } from '../../../src/components/mail/sending.ts';
import { ConfigError } from '../../../src/errors.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

const server = { host: 'mail.example.org', sender: 'Matrix <matrix@example.org>' };
const account = { user: 'matrix', password: { from_secret: 'mail' } };

/** The settings that are wrong. */
function wrongIn(mail: object): string[] {
  return (options.safeParse(mail).error?.issues ?? []).map(({ path }) => path.join('.'));
}

describe('the section mail', () => {
  test.each<[object, string[]]>([
    [{}, []],
    [server, []],
    [{ ...server, ...account }, []],
    [{ ...server, host: '192.0.2.25' }, []],
    [{ ...server, tls: 'none' }, []],
    [{ host: 'mail.example.org' }, ['sender']],
    [{ sender: 'matrix@example.org' }, ['sender']],
    [{ ...server, host: 'localhost' }, ['host']],
    [{ ...server, host: 'https://mail.example.org' }, ['host']],
    [{ ...server, user: 'matrix' }, ['password']],
    [{ ...server, password: { from_secret: 'mail' } }, ['user']],
    [{ ...server, user: 'matrix', password: 'geheim' }, ['password']],
    [{ ...server, ...account, tls: 'none' }, ['tls']],
    [{ ...server, sender: 'Matrix' }, ['sender']],
    [{ ...server, client_url: 'app.element.io' }, ['client_url']],
    [{ ...server, notify_after: 10 }, ['notify_after']],
  ])('%j must have what is wrong named', (mail, wrong) => {
    expect(wrongIn(mail)).toEqual(wrong);
  });

  test.each([
    ['matrix@example.org', 'matrix@example.org'],
    ['Matrix of us <matrix@example.org>', 'matrix@example.org'],
    ['100% <matrix@example.org>', undefined],
    ['Us, and you <matrix@example.org>', undefined],
    ['Matrix\r\nBcc: <matrix@example.org>', undefined],
  ])('the sender %j must have the address %s', (sender, address) => {
    expect(addressIn(sender)).toBe(address);
  });

  const common = {
    smtp_host: 'mail.example.org',
    notif_from: 'Matrix <matrix@example.org>',
    enable_notifs: true,
    notif_delay_before_mail: '10m',
  };

  test.each<[object, object]>([
    [{}, {}],
    [server, { email: { ...common, smtp_port: 587, require_transport_security: true } }],
    [{ ...server, tls: 'implicit' }, { email: { ...common, smtp_port: 465, force_tls: true } }],
    [{ ...server, tls: 'none', port: 2525 }, { email: { ...common, smtp_port: 2525, enable_tls: false } }],
    [
      { ...server, ...account, client_url: 'https://chat.example.org', notifications: false },
      {
        email: {
          ...common,
          smtp_port: 587,
          require_transport_security: true,
          smtp_user: 'matrix',
          smtp_pass: { from_secret: 'mail' },
          enable_notifs: false,
          client_base_url: 'https://chat.example.org',
        },
      },
    ],
  ])('%j must be this to Synapse', (mail, settings) => {
    expect(emailSettings(options.parse(mail))).toEqual(settings);
  });

  test('must be reached, and a connection without an answer be explained', () => {
    const [reach, ...others] = mail.reaches?.(options.parse({ ...server, tls: 'none' })) ?? [];
    expect([reach, others]).toMatchObject([{ setting: 'mail.host', host: 'mail.example.org', port: 25 }, []]);
    expect(reach?.because?.('ETIMEDOUT')).toContain('port 25');
    expect(reach?.because?.('ECONNREFUSED')).toBeUndefined();
    expect(mail.reaches?.(options.parse({}))).toEqual([]);
  });

  const configured = (text: string) =>
    parseConfig(`version: 1\nserver_name: example.org\nhost: matrix.example.org\n${text}`);

  test('must be in a file with secrets, where it has a password, and in no other', () => {
    const config = configured(
      'mail: {host: mail.example.org, sender: m@example.org, user: m, password: {from_secret: mail}}',
    );
    const stack = describeStack(config, {});
    expect(stack.homeserver.email).toBeUndefined();
    expect(stack.bundles.flatMap(({ files }) => files)).toMatchObject([
      { kind: 'settings', values: { email: { smtp_pass: { from_secret: 'mail' } } } },
    ]);
    expect(stack.secretUses).toEqual([{ secret: 'mail', path: ['mail', 'password'] }]);
  });

  test('must be refused beside the same in the overrides, naming both', () => {
    const both =
      'mail: {host: mail.example.org, sender: m@example.org}\nsynapse: {overrides: {email: {notif_from: m@example.org}}}';
    try {
      configured(both);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      const [issue] = (error as ConfigError).details;
      expect(issue).toContain('synapse.overrides.email');
      expect(issue).toContain('section mail');
    }
  });
});

describe('what a mail server did', () => {
  const chosen: MailAccount = {
    host: 'mail.example.org',
    port: 587,
    tls: 'starttls',
    login: { user: 'matrix', secret: 'mail' },
    sender: 'matrix@example.org',
    address: 'matrix@example.org',
  };
  type Failure = NonNullable<Sending['failure']>;
  const seen = (step: Sending['step'], kind: Failure['kind'], text = '', code: number | null = null) => ({
    step,
    tls: null,
    loggedIn: false,
    openPorts: [],
    failure: { kind, text, code },
  });
  const reply = (step: Sending['step'], code: number, text: string) => seen(step, 'reply', text, code);

  // Replies as Postfix, Exim, Exchange and large providers word them.
  test.each<[SendingCode, Sending]>([
    ['name-not-found', seen('resolve', 'name', 'EAI_NONAME')],
    ['name-unanswered', seen('resolve', 'name', 'EAI_AGAIN')],
    ['port-blocked', seen('connect', 'timeout')],
    ['connection-refused', seen('connect', 'system', 'ECONNREFUSED')],
    ['unreachable', seen('connect', 'system', 'ENETUNREACH')],
    ['no-greeting', seen('greeting', 'timeout')],
    ['turned-away', reply('greeting', 554, '5.7.1 Service unavailable; client host blocked')],
    ['turned-away', seen('greeting', 'closed')],
    ['no-starttls', seen('starttls', 'not-offered')],
    ['not-tls', seen('tls', 'tls', 'WRONG_VERSION_NUMBER')],
    ['tls-failed', seen('tls', 'tls', 'UNSUPPORTED_PROTOCOL')],
    ['tls-failed', reply('tls', 454, 'TLS not available')],
    ['certificate-unknown', seen('tls', 'certificate', 'unable to get local issuer certificate', 20)],
    ['certificate-unknown', seen('tls', 'certificate', 'self-signed certificate', 18)],
    ['certificate-name', seen('tls', 'certificate', 'Hostname mismatch', 62)],
    ['certificate-name', seen('tls', 'certificate', 'IP address mismatch', 64)],
    ['certificate-expired', seen('tls', 'certificate', 'certificate has expired', 10)],
    ['certificate-not-yet-valid', seen('tls', 'certificate', 'certificate is not yet valid', 9)],
    ['no-login', seen('login', 'not-offered')],
    ['wrong-password', reply('login', 535, '5.7.8 Error: authentication failed')],
    ['wrong-password', reply('login', 534, '5.7.9 Application-specific password required')],
    ['try-later', reply('login', 454, '4.7.0 Temporary authentication failure')],
    ['login-required', reply('sender', 530, '5.7.0 Authentication Required')],
    [
      'sender-refused',
      reply('sender', 550, '5.7.60 client does not have permissions to send as this sender'),
    ],
    [
      'sender-refused',
      reply('recipient', 553, '5.7.1 <m@e.org>: Sender address rejected: not owned by user'),
    ],
    ['relay-refused', reply('recipient', 554, '5.7.1 <a@b.org>: Relay access denied')],
    ['relay-refused', reply('recipient', 454, '4.7.1 <a@b.org>: Relay access denied')],
    ['relay-refused', reply('recipient', 550, 'relay not permitted')],
    ['try-later', reply('recipient', 451, '4.7.1 Greylisted, try again')],
    ['recipient-refused', reply('recipient', 550, '5.1.1 User unknown')],
    ['message-refused', reply('message', 554, '5.7.1 Message rejected as spam')],
    ['connection-lost', seen('message', 'closed')],
  ])('must be %s', (code, sending) => {
    expect(judgeSending(sending, chosen)?.code).toBe(code);
  });

  test('must be nothing where the message was taken', () => {
    expect(judgeSending({ ...seen('done', 'closed'), failure: null }, chosen)).toBeUndefined();
  });

  test('must name a port that answers in place of one that does not', () => {
    const blocked = { ...seen('connect', 'timeout'), openPorts: [465, 25] };
    expect(judgeSending(blocked, chosen)?.remedy).toContain('465');
  });
});
