import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { type Client, localClient, logInAsAdmin } from './support/client.ts';
import { addOperator, Deployment } from './support/deployment.ts';
import { type MailServer, startMailServer } from './support/mail-server.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const operator = 'ops';
const deployment = new Deployment(host, { directory: `/home/${operator}/matrix`, operator });

/** What the operator knows and no file but a secret's may hold. */
const values = {
  smtp_pass: 'canary-mail "quoted" \\ #',
  turn_shared_secret: 'canary-turn',
  oidc_providers_client_secret: 'canary-oidc',
  jwt_config_secret: 'canary-jwt-of-more-than-32-characters',
  modules_config_password: 'canary-module',
  recaptcha_private_key: 'canary-captcha',
  worker_replication_secret: 'canary-worker',
  redis_password: 'canary-redis',
};
const tokens = { as_token: 'canary-as-token', hs_token: 'canary-hs-token' };

/** The overrides as somebody writes them who takes them from Synapse's manual: secrets inline, files where the data is. */
const asInTheManual = {
  email: {
    smtp_host: 'mail',
    smtp_port: 2525,
    smtp_user: 'matrix',
    smtp_pass: values.smtp_pass,
    notif_from: 'Matrix <matrix@localhost.example>',
  },
  templates: { custom_template_directory: '/data/templates' },
  turn_uris: ['turn:turn.localhost.example'],
  turn_shared_secret: values.turn_shared_secret,
  turn_user_lifetime: '1h',
  oidc_providers: [
    {
      idp_id: 'company',
      idp_name: 'The company',
      discover: false,
      issuer: 'https://login.example/',
      client_id: 'matrix',
      client_secret: values.oidc_providers_client_secret,
      authorization_endpoint: 'https://login.example/authorize',
      token_endpoint: 'https://login.example/token',
      userinfo_endpoint: 'https://login.example/userinfo',
      scopes: ['profile'],
    },
  ],
  jwt_config: { enabled: true, algorithm: 'HS256', secret: values.jwt_config_secret },
  modules: [{ module: 'extra.greeting.Greeting', config: { password: values.modules_config_password } }],
  recaptcha_private_key: values.recaptcha_private_key,
  worker_replication_secret: values.worker_replication_secret,
  redis: { enabled: false, password: values.redis_password },
  app_service_config_files: [`/home/${operator}/matrix/synapse/extra/bridge.yaml`],
};

/** A module that answers with the secret in its configuration, hashed. */
const greeting = `
import hashlib
from twisted.web.resource import Resource

class Answer(Resource):
    isLeaf = True
    def __init__(self, password):
        super().__init__()
        self.password = password
    def render_GET(self, request):
        return hashlib.sha256(self.password.encode()).hexdigest().encode()

class Greeting:
    @staticmethod
    def parse_config(config):
        return config
    def __init__(self, config, api):
        api.register_web_resource("/_synapse/client/greeting", Answer(config["password"]))
`;

const registration = `
id: bridge
url: null
${Object.entries(tokens)
  .map(([name, value]) => `${name}: ${value}`)
  .join('\n')}
sender_localpart: bridge
namespaces: {}
`;

/** Everything that matrix-deploy has said. */
const said: string[] = [];
let client: Client;
let mail: MailServer;

async function say(exitCode: number, ...argv: string[]): Promise<string> {
  const { stdout, stderr } = await deployment.exits(exitCode, ...argv);
  said.push(stdout, stderr);
  return stdout + stderr;
}

/** Runs a shell script as the operator, with the strictest umask, in the deployment directory. */
function asOperator(script: string, input = ''): Promise<string> {
  const command = ['runuser', '-u', operator, '--', 'sh', '-ec', `umask 077; ${script}`];
  return host.run(command, { cwd: deployment.directory, input });
}

const put = (path: string, text: string) =>
  asOperator(`mkdir -p "$(dirname synapse/extra/${path})"; cat >synapse/extra/${path}`, text);

const setSecret = async (name: string, value: string) => {
  await asOperator('cat >../given', value);
  await say(0, 'secrets', 'set', name, '--file', `/home/${operator}/given`);
};

/** Puts a value at a path into overrides. */
function replace(overrides: object, path: readonly string[], name: string, value: unknown): void {
  // biome-ignore lint/suspicious/noExplicitAny: a path of any depth.
  const parent = path.slice(0, -1).reduce((map: any, key) => map[key], overrides);
  delete parent[path.at(-1) ?? ''];
  parent[name] = value;
}

/** Does what matrix-deploy says about overrides, to the letter, until it says nothing more. */
async function follow(overrides: object): Promise<void> {
  const text = await say(3, 'plan');
  const lines = text.split('\n').filter((line) => line.includes('synapse.overrides.'));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    const path = /synapse\.overrides\.(\S+)/.exec(line)?.[1]?.split('.') ?? [];
    const secret = /run `matrix-deploy secrets set (\S+)`, then write (.+)$/.exec(line);
    const file = /write (\/\S+)$/.exec(line)?.[1];
    if (secret !== null) {
      const [, name = '', setting = ''] = secret;
      await setSecret(name, values[name as keyof typeof values]);
      for (const [option, value] of Object.entries(parse(setting))) replace(overrides, path, option, value);
    } else if (file !== undefined) {
      replace(overrides, path, String(path.at(-1)), file);
    } else {
      throw new Error(`no advice that can be followed: ${line}`);
    }
  }
  await deployment.edit({ synapse: { overrides } });
}

beforeAll(async () => {
  await addOperator(host, operator);
  await deployment.init();
  client = await localClient(deployment);
  mail = await startMailServer(host, {
    network: 'matrix-localhost_web',
    account: 'matrix',
    password: values.smtp_pass,
  });
});

describe('options that need secrets and files', () => {
  it('must work when the advice of each error is followed', async () => {
    const overrides = structuredClone(asInTheManual);
    await deployment.edit({ synapse: { overrides } });
    await put('templates/add_threepid.html', '<p>A page of our own: {{ link }}</p>');
    await put('greeting.py', greeting);
    await put('bridge.yaml', registration);
    await follow(overrides);
    await say(0, 'plan');
    await say(0, 'apply');
    expect(await deployment.ask('status')).toMatchObject({ healthy: true, pendingChanges: 0 });
  });

  it('must send a mail through a server that wants a password, with a template of our own', async () => {
    const { status } = await client.call('POST', '/_matrix/client/v3/account/3pid/email/requestToken', {
      client_secret: 'one',
      email: 'bob@localhost.example',
      send_attempt: 1,
    });
    expect(status).toBe(200);
    await waitUntil('a mail', async () => (await mail.mails()).length > 0, { seconds: 20 });
    const [first] = await mail.mails();
    expect(first?.to).toEqual(['bob@localhost.example']);
    expect(first?.content).toContain('A page of our own');
  });

  it('must hand out TURN credentials that are made of the shared secret', async () => {
    await expectTurnSecret(values.turn_shared_secret);
  });

  it('must offer the identity provider', async () => {
    const { body } = await client.call('GET', '/_matrix/client/v3/login');
    const sso = body.flows.find(({ type }: { type: string }) => type === 'm.login.sso');
    expect(sso.identity_providers).toContainEqual(
      expect.objectContaining({ id: 'oidc-company', name: 'The company' }),
    );
  });

  it('must accept a JSON web token that is signed with the secret', async () => {
    const login = (secret: string) =>
      client.call('POST', '/_matrix/client/v3/login', {
        type: 'org.matrix.login.jwt',
        token: jwt({ sub: 'jane' }, secret),
      });
    expect((await login('another one of more than 32 characters')).status).toBe(403);
    expect((await login(values.jwt_config_secret)).body).toMatchObject({ user_id: '@jane:localhost' });
  });

  it('must give a secret to a module, which is a file of ours', async () => {
    const answer = await client.curl([], '/_synapse/client/greeting');
    expect(answer).toBe(await sha256(values.modules_config_password));
  });

  it('must know an application service by the token in its registration', async () => {
    const { body } = await client.as(tokens.as_token).call('GET', '/_matrix/client/v3/account/whoami');
    expect(body).toMatchObject({ user_id: '@bridge:localhost' });
  });
});

describe('a secret that is changed', () => {
  it('must be named as the cause, and be the one that is used', async () => {
    await setSecret('turn_shared_secret', 'canary-turn-2');
    expect(await say(6, 'plan', '--exit-code')).toContain('secret turn_shared_secret changed');
    const before = await deployment.containerIds();
    await say(0, 'apply');
    const { synapse: _replaced, ...others } = before;
    expect(await deployment.containerIds()).toMatchObject(others);
    await expectTurnSecret('canary-turn-2');
    await say(0, 'plan', '--exit-code');
  });
});

describe('a file of synapse/extra that is changed', () => {
  const isGreeted = async () =>
    (await client.curl([], '/_synapse/client/greeting')) === (await sha256(values.modules_config_password));

  it('must be named as the cause, and stop apply where Synapse does not accept it', async () => {
    const before = await deployment.containerIds();
    await put('greeting.py', 'class Greeting(\n');
    expect(await say(6, 'plan', '--exit-code')).toContain('synapse/extra/greeting.py changed');
    await say(3, 'apply');
    expect(await deployment.containerIds()).toEqual(before);
    expect(await isGreeted()).toBe(true);
  });

  it('must be the one from before again where Synapse does not start with it', async () => {
    await put('greeting.py', 'class Greeting:\n    pass\n');
    await say(5, 'apply');
    expect(await isGreeted()).toBe(true);
    await put('greeting.py', greeting);
    await say(0, 'apply');
    await say(0, 'plan', '--exit-code');
  });
});

describe('what the operator gives', () => {
  it('must be listed by name, with where it is used', async () => {
    const text = await say(0, 'secrets', 'list');
    expect(text).toMatch(/smtp_pass +you +\d+ \w+ +set another +synapse\.overrides\.email\.smtp_pass/);
  });

  it('must stand nowhere but in secrets/ and synapse/extra, which only the operator can enter', async () => {
    const found = await host.run(['grep', '-rl', 'canary-', deployment.directory, '/var/log']);
    const outside = found
      .split('\n')
      .filter((path) => !/matrix\/(?:secrets|synapse\/extra|data)\//.test(path));
    expect(outside).toEqual([]);
    const modes = await host.run(['stat', '-c', '%a %U', 'secrets', 'synapse/extra'], {
      cwd: deployment.directory,
    });
    expect(modes.split('\n')).toEqual(['700 ops', '700 ops']);
  });

  it('must be in no output, and in no definition of a container', async () => {
    said.push(JSON.stringify(await deployment.containers()));
    said.push(await deployment.run(['docker', 'compose', 'config']));
    expect(said.join('\n')).not.toContain('canary-');
  });

  it('must survive a power cut', async () => {
    await host.powerOff();
    await host.boot();
    const serves = async () => (await client.call('GET', '/_matrix/client/versions')).status === 200;
    await waitUntil('Synapse after a power cut', () => serves().catch(() => false), { seconds: 60 });
    await expectTurnSecret('canary-turn-2');
  });

  it('must be gone after destroy --delete-data', async () => {
    await host.run(['docker', 'rm', '--force', 'mail']);
    await say(0, 'destroy', '--delete-data', '--confirm', 'localhost');
    expect((await host.exec(['test', '-e', deployment.directory])).exitCode).toBe(1);
  });
});

/** The password is the HMAC of the user name (draft-uberti-behave-turn-rest). */
async function expectTurnSecret(secret: string): Promise<void> {
  const admin = await logInAsAdmin(deployment);
  const { body } = await admin.call('GET', '/_matrix/client/v3/voip/turnServer');
  const password = createHmac('sha1', secret).update(body.username).digest('base64');
  expect(body).toMatchObject({ password, uris: asInTheManual.turn_uris });
}

function jwt(claims: object, secret: string): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Buffer.from(digest).toString('hex');
}
