import { type Client, localClient, logInAsAdmin } from '../e2e/support/client.ts';
import type { Deployment } from '../e2e/support/deployment.ts';
import { untilThreeAreLeft } from '../e2e/support/survivors.ts';
import type { Random } from './random.ts';

/** As many of the latest messages as `Client.read` returns for sure. */
const messagesRead = 40;

/** How many of the users of earlier rounds log in after a round, beside all of the latest. */
const usersOfBefore = 4;

/** What a server has been given to keep, and whether it still has it. */
export class Witnesses {
  readonly #deployment: Deployment;
  readonly #admin: Client;
  readonly #room: string;
  readonly #keys: string;
  readonly #messages: string[] = [];
  readonly #passwords = new Map<string, string>();

  private constructor(deployment: Deployment, admin: Client, room: string, keys: string) {
    this.#deployment = deployment;
    this.#admin = admin;
    this.#room = room;
    this.#keys = keys;
  }

  /** Takes up a server that works, and has accounts and messages of nobody else. */
  static async of(deployment: Deployment): Promise<Witnesses> {
    const admin = await logInAsAdmin(deployment);
    return new Witnesses(deployment, admin, await admin.createRoom(), await verifyKeys(admin));
  }

  /** Says something that must be readable from now on. */
  async say(text: string): Promise<void> {
    await this.#admin.say(this.#room, text);
    this.#messages.push(text);
  }

  /** Takes note of users who were reported as created, by their passwords. */
  remember(users: ReadonlyMap<string, string>): void {
    for (const [name, password] of users) this.#passwords.set(name, password);
  }

  /** @returns what is lost or does not work, one sentence each; none once everything works */
  async losses(random: Random, latest: readonly string[] = []): Promise<string[]> {
    const found = [await this.#states(), await this.kept(), await this.#shutOut(random, latest)];
    return [...found.flat(), ...(await leftovers(this.#deployment))];
  }

  /** All users, not only some of them. */
  shutOut(): Promise<string[]> {
    return this.#logInAll([...this.#passwords.keys()]);
  }

  async #states(): Promise<string[]> {
    const status = await this.#deployment.cli('status');
    const plan = await this.#deployment.cli('plan', '--exit-code');
    return [
      ...(status.exitCode === 0
        ? []
        : [`status ends with ${status.exitCode}: ${status.stdout}${status.stderr}`]),
      ...(plan.exitCode === 0 ? [] : [`plan ends with ${plan.exitCode}: ${plan.stdout}${plan.stderr}`]),
    ];
  }

  /** @returns which of the key, the session and the messages are lost, or that the server does not serve */
  async kept(): Promise<string[]> {
    const keys = await verifyKeys(this.#admin);
    const texts = (await this.#admin.isLoggedIn()) ? await this.#admin.read(this.#room) : undefined;
    const missing = this.#messages.slice(-messagesRead).filter((text) => !texts?.includes(text));
    return [
      ...(keys === this.#keys ? [] : [`the signing key is another one: ${keys}, not ${this.#keys}`]),
      ...(texts === undefined ? ["the admin's session is gone"] : []),
      ...missing.map((text) => `a message is gone: ${text}`),
    ];
  }

  #shutOut(random: Random, latest: readonly string[]): Promise<string[]> {
    const others = [...this.#passwords.keys()].filter((name) => !latest.includes(name));
    return this.#logInAll([...latest, ...random.shuffle(others).slice(0, usersOfBefore)]);
  }

  async #logInAll(names: readonly string[]): Promise<string[]> {
    const anybody = await localClient(this.#deployment);
    const failures: string[] = [];
    for (const name of names) {
      await anybody
        .logIn(name, this.#passwords.get(name) ?? '')
        .catch((error) => failures.push(error.message));
    }
    return failures;
  }
}

/** The keys by which others know the server, as it publishes them. */
async function verifyKeys(client: Client): Promise<string> {
  const { body } = await client.call('GET', '/_matrix/key/v2/server');
  return JSON.stringify(body.verify_keys);
}

// What the services themselves keep is none of ours.
const findLeftovers = `
  find . -path './data/*/*' -prune -o -path './cache/*/*' -prune -o \\
    '(' -name '*.new' -o -name '*.incomplete-*' -o -path './state/lock*' ')' -print
  find /tmp -name 'matrix-deploy-*'`;

/** What a run that was cut off must not leave behind: temporary files, a lock, jobs. */
async function leftovers(deployment: Deployment): Promise<string[]> {
  const files = await deployment.run(['sh', '-c', findLeftovers]);
  const jobs = await untilThreeAreLeft(deployment).then(
    () => [],
    (error: Error) => [error.message],
  );
  return [
    ...files
      .split('\n')
      .filter(Boolean)
      .map((file) => `left behind: ${file}`),
    ...jobs,
  ];
}
