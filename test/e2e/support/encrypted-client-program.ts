/**
 * A chat program of today without a screen: it knows a server by its name alone, and encrypts. One user, one session.
 * Asked on standard input, one call a line: `["say", "!room:example.org", "text"]`; answers `{ "result": … }` or `{ "error": … }`.
 * Ends with its input.
 */
import { Console } from 'node:console';
import { createInterface } from 'node:readline';
import {
  AutoDiscovery,
  ClientEvent,
  createClient,
  Direction,
  EventType,
  type MatrixClient,
  type MatrixEvent,
  MatrixEventEvent,
  MsgType,
  Preset,
  RoomEvent,
} from 'matrix-js-sdk';

/** A message as the program shows it. */
interface ShownMessage {
  readonly sender: string;
  readonly text: string;
  /** The type under which the server has it. */
  readonly typeOnServer: string;
}

// Its encryption talks to the console whatever logger it has; standard output is for answers.
globalThis.console = new Console(process.stderr);

const silent = {
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  getChild: () => silent,
};

let client: MatrixClient;

const calls = {
  /** Finds the server of a user ID, logs in, and begins to follow what happens. */
  async logIn(userId: string, password: string): Promise<void> {
    const baseUrl = await findServer(userId.slice(userId.indexOf(':') + 1));
    const session = await createClient({ baseUrl, logger: silent }).loginRequest({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: userId },
      password,
    });
    client = createClient({
      baseUrl,
      logger: silent,
      userId: session.user_id,
      deviceId: session.device_id,
      accessToken: session.access_token,
    });
    await client.initRustCrypto({ useIndexedDB: false });
    await client.startClient();
    await until(() => client.isInitialSyncComplete());
  },

  /** Makes an encrypted room. */
  async createRoom(...invited: string[]): Promise<string> {
    const { room_id: room } = await client.createRoom({
      invite: invited,
      preset: Preset.TrustedPrivateChat,
      initial_state: [
        { type: EventType.RoomEncryption, state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } },
      ],
    });
    return room;
  },

  async join(room: string): Promise<void> {
    await client.joinRoom(room);
    await until(() => client.getRoom(room)?.hasEncryptionStateEvent());
  },

  /** Resolves when the room has so many members: who is not seen yet is given no keys. */
  async seeMembers(room: string, number: number): Promise<void> {
    await until(() => client.getRoom(room)?.getJoinedMemberCount() === number);
  },

  async say(room: string, text: string): Promise<void> {
    await client.sendMessage(room, { msgtype: MsgType.Text, body: text });
  },

  /** Resolves when the message is there and can be read. */
  async hear(room: string, text: string): Promise<ShownMessage> {
    const event = await until(() => shown(room).find((message) => message.getContent().body === text));
    return { sender: event.getSender() ?? '', text, typeOnServer: event.getWireType() };
  },

  /** Fetches the latest messages of a room from the server once more. @returns the texts of those that it can read, in their order */
  async reread(room: string): Promise<string[]> {
    const { chunk } = await client.createMessagesRequest(room, null, 100, Direction.Backward);
    const events = chunk.map(client.getEventMapper({ decrypt: false })).reverse();
    for (const event of events) await client.decryptEventIfNeeded(event);
    return events.filter(isReadable).map((event) => event.getContent().body);
  },
};

/** What the program can be asked: by name, from arguments to answer. */
export type Calls = typeof calls;

async function findServer(serverName: string): Promise<string> {
  const { 'm.homeserver': found } = await AutoDiscovery.findClientConfig(serverName);
  if (!found?.base_url) throw new Error(`no homeserver of ${serverName}: ${found?.error}`);
  return found.base_url;
}

function shown(room: string): MatrixEvent[] {
  const events = client.getRoom(room)?.getLiveTimeline().getEvents() ?? [];
  return events.filter(isReadable);
}

function isReadable(event: MatrixEvent): boolean {
  return event.getType() === EventType.RoomMessage && !event.isDecryptionFailure();
}

/** Looks again whenever something has happened. */
function until<Value>(look: () => Value | undefined | false): Promise<Value> {
  const moments = [ClientEvent.Sync, RoomEvent.Timeline, MatrixEventEvent.Decrypted] as const;
  return new Promise((resolve) => {
    const check = () => {
      const value = look();
      if (value === undefined || value === false) return;
      for (const moment of moments) client.off(moment, check);
      resolve(value);
    };
    for (const moment of moments) client.on(moment, check);
    check();
  });
}

async function answer(line: string): Promise<object> {
  const [name, ...parameters] = JSON.parse(line);
  try {
    const call: (...parameters: string[]) => Promise<unknown> = calls[name as keyof Calls] as never;
    return { result: (await call(...parameters)) ?? null };
  } catch (error) {
    return { error: String(error) };
  }
}

for await (const line of createInterface(process.stdin)) {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}
// What the client still waits for would keep the process.
process.exit();
