/**
 * Times messages on their way from one user to others; runs on a machine of the lab.
 * In, on standard input: a `DeliveryOrder`. Out, on standard output: `Deliveries`.
 */
import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { interleaved } from '../samples.ts';

interface Account {
  readonly userId: string;
  readonly password: string;
  /** Where the user's server answers clients. */
  readonly url: string;
}

export interface DeliveryOrder {
  readonly sender: Account;
  /** Users of the sender's server, and of another one. */
  readonly receivers: { readonly within: Account; readonly across: Account };
  readonly rounds: number;
}

/** From the call that sends to the answer that brings it, in milliseconds, one number a round. */
export type Deliveries = Readonly<Record<keyof DeliveryOrder['receivers'], readonly number[]>>;

// The first messages open connections, fetch keys and fill caches.
const warmUpRounds = 5;

class Session {
  readonly userId: string;
  readonly #url: string;
  #token = '';

  private constructor({ userId, url }: Account) {
    this.userId = userId;
    this.#url = url;
  }

  static async logIn(account: Account): Promise<Session> {
    const session = new Session(account);
    const { access_token: token } = await session.call('POST', 'login', {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: account.userId },
      password: account.password,
    });
    session.#token = token;
    return session;
  }

  // biome-ignore lint/suspicious/noExplicitAny: callers name what they expect in it.
  async call(method: string, path: string, body?: object): Promise<any> {
    const response = await fetch(`${this.#url}/_matrix/client/v3/${path}`, {
      method,
      headers: this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** The messages in a room from now on, each as soon as a client that waits for it has it. */
  async follow(room: string): Promise<AsyncGenerator<string>> {
    const filter = JSON.stringify({ room: { rooms: [room] }, presence: { types: [] } });
    const query = `sync?filter=${encodeURIComponent(filter)}`;
    const { next_batch: now } = await this.call('GET', query);
    return this.#messagesSince(now, query, room);
  }

  async *#messagesSince(begin: string, query: string, room: string): AsyncGenerator<string> {
    for (let since = begin; ; ) {
      const news = await this.call('GET', `${query}&timeout=30000&since=${since}`);
      since = news.next_batch;
      for (const { content } of news.rooms?.join?.[room]?.timeline?.events ?? []) yield content.body;
    }
  }
}

/** Puts two users in a room of their own. @returns what sends one message there and tells how long it took */
async function correspondence(sender: Session, receiver: Session): Promise<() => Promise<number>> {
  const { room_id: room } = await sender.call('POST', 'createRoom', { invite: [receiver.userId] });
  await receiver.call('POST', `join/${room}`, {});
  const messages = await receiver.follow(room);
  const arrival = async (body: string) => {
    while ((await messages.next()).value !== body);
    return performance.now();
  };
  return async () => {
    const body = randomUUID();
    // The recipient waits already.
    const arriving = arrival(body);
    const begun = performance.now();
    const sending = sender.call('PUT', `rooms/${room}/send/m.room.message/${body}`, {
      msgtype: 'm.text',
      body,
    });
    const [arrived] = await Promise.all([arriving, sending]);
    return arrived - begun;
  };
}

const { sender: account, receivers, rounds }: DeliveryOrder = JSON.parse(await text(process.stdin));
const sender = await Session.logIn(account);
const sides = {
  across: await correspondence(sender, await Session.logIn(receivers.across)),
  within: await correspondence(sender, await Session.logIn(receivers.within)),
};
await interleaved(warmUpRounds, sides);
console.log(JSON.stringify(await interleaved(rounds, sides)));
