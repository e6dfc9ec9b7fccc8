import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import type { Host } from '../../lab/host.ts';
import type { Deployment } from './deployment.ts';

/** A homeserver as its clients know it. */
export interface Homeserver {
  /** The host that the client runs on. */
  readonly from: Pick<Host, 'run' | 'readFile'>;
  readonly url: string;
  /** File on that host with the roots that the client trusts; its system's when absent. */
  readonly roots?: string;
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests name what they expect in it.
  readonly body: any;
}

/** What a client says to a homeserver, as anybody or as a user. */
export class Client {
  readonly #homeserver: Homeserver;
  readonly #token: string | undefined;

  constructor(homeserver: Homeserver, token?: string) {
    this.#homeserver = homeserver;
    this.#token = token;
  }

  async call(method: string, path: string, body?: object): Promise<Answer> {
    const arguments_ = ['--request', method, '--write-out', '\\n%{http_code}'];
    const data = body === undefined ? [] : ['--data-binary', '@-'];
    const output = await this.curl([...arguments_, ...data], path, body && JSON.stringify(body));
    const end = output.lastIndexOf('\n');
    return { status: Number(output.slice(end + 1)), body: parseLoosely(output.slice(0, end)) };
  }

  /** Runs curl against a path of the homeserver, for what is no JSON. */
  curl(argv: readonly string[], path: string, input = ''): Promise<string> {
    const { from, url, roots } = this.#homeserver;
    const trust = roots === undefined ? [] : ['--cacert', roots];
    const identity = this.#token === undefined ? [] : ['--header', `Authorization: Bearer ${this.#token}`];
    const common = ['curl', '--silent', '--show-error', '--max-time', '30', ...trust, ...identity];
    return from.run([...common, ...argv, `${url}${path}`], { input });
  }

  /** Logs in with a password. */
  async logIn(user: string, password: string): Promise<Client> {
    const { status, body } = await this.call('POST', '/_matrix/client/v3/login', {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user },
      password,
    });
    if (status !== 200) throw new Error(`${user} cannot log in: ${status} ${JSON.stringify(body)}`);
    return this.as(body.access_token);
  }

  /** The same homeserver with an access token. */
  as(token: string): Client {
    return new Client(this.#homeserver, token);
  }

  /** What a program of its own needs to be this user. */
  get token(): string {
    return this.#token ?? '';
  }

  /** Is the session still good? */
  async isLoggedIn(): Promise<boolean> {
    return (await this.call('GET', '/_matrix/client/v3/account/whoami')).status === 200;
  }

  async createRoom(options: object = {}): Promise<string> {
    const { status, body } = await this.call('POST', '/_matrix/client/v3/createRoom', options);
    if (status !== 200) throw new Error(`no room: ${status} ${JSON.stringify(body)}`);
    return body.room_id;
  }

  /** Sends a text message to a room, as soon as the server lets this user. */
  async say(room: string, text: string): Promise<void> {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${Date.now()}`;
    const { status, body } = await this.call('PUT', path, { msgtype: 'm.text', body: text });
    if (status === 429) {
      await sleep(body.retry_after_ms);
      return this.say(room, text);
    }
    if (status !== 200) throw new Error(`not sent: ${status} ${JSON.stringify(body)}`);
  }

  /** The texts of a room's latest messages, latest first. */
  async read(room: string): Promise<string[]> {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=50`;
    const { body } = await this.call('GET', path);
    return body.chunk
      .filter(({ type }: { type: string }) => type === 'm.room.message')
      .map(({ content }: { content: { body: string } }) => content.body);
  }
}

/** A client on a server's own host, which trusts the CA of the deployment where that is a local one. */
export async function localClient(deployment: Deployment): Promise<Client> {
  const { host, traefik } = parse(await deployment.readFile('matrix.yaml'));
  const from = deployment.host;
  return traefik.certificates?.issuer === 'local'
    ? new Client({
        from,
        url: `https://${host}:${traefik.publish.https}`,
        roots: deployment.path('secrets/local_ca.pem'),
      })
    : new Client({ from, url: `https://${host}` });
}

/** The admin of a server, logged in with the password from its file. */
export async function logInAsAdmin(deployment: Deployment): Promise<Client> {
  const client = await localClient(deployment);
  return client.logIn('admin', await deployment.readFile('secrets/admin_password'));
}

function parseLoosely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
