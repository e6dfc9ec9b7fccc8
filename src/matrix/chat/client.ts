import { asObject } from '../../json-object.ts';
import { type Api, accepted, clientRoomPath } from '../api.ts';
import { leaveRoom } from '../leave-room.ts';
import { type ChatDevice, Encryption, type EncryptionNews } from './encryption.ts';

/** How long the homeserver may wait for something new before it answers, in milliseconds. */
const syncMilliseconds = 5000;

/**
 * How many messages are kept that cannot be decrypted yet; the oldest are dropped. Their sender may send any number.
 */
const waitingAtMost = 100;

/** How far an expected message has come. */
export type Arrival = 'nothing has arrived' | 'it has arrived, but not the key to it';

interface HearingWait {
  readonly signal: AbortSignal;
  /**
   * Called before each further request, so that a homeserver that answers at once gets no endless stream of requests.
   */
  readonly pause: () => Promise<void>;
  readonly onArrival: (arrival: Arrival) => void;
}

/** A chat client for one use: a user in a new session, with end-to-end encryption. */
export class ChatClient {
  readonly device: ChatDevice;
  readonly #api: Api;
  readonly #encryption: Encryption;
  #since: string | undefined;

  private constructor(api: Api, device: ChatDevice, encryption: Encryption) {
    this.#api = api;
    this.device = device;
    this.#encryption = encryption;
  }

  /** @param api the API in the session of the device, which has no keys yet */
  static async open(api: Api, device: ChatDevice): Promise<ChatClient> {
    return new ChatClient(api, device, await Encryption.open(api, device));
  }

  /**
   * Creates an encrypted room for invited users.
   *
   * @param federated whether users of other servers may be in it
   */
  async createRoom(federated: boolean): Promise<string> {
    const encryption = {
      type: 'm.room.encryption',
      state_key: '',
      content: { algorithm: 'm.megolm.v1.aes-sha2' },
    };
    const body = {
      name: 'matrix-deploy verify --talk',
      preset: 'private_chat',
      visibility: 'private',
      creation_content: { 'm.federate': federated },
      initial_state: [encryption],
    };
    const answer = await this.#api({ method: 'POST', path: '/_matrix/client/v3/createRoom', body });
    return String(accepted(answer, `let ${this.device.userId} create a room`).room_id);
  }

  async invite(roomId: string, userId: string): Promise<void> {
    const body = { user_id: userId };
    const answer = await this.#api({ method: 'POST', path: `${clientRoomPath(roomId)}/invite`, body });
    accepted(answer, `let ${this.device.userId} invite ${userId}`);
  }

  async join(roomId: string): Promise<void> {
    const path = `/_matrix/client/v3/join/${encodeURIComponent(roomId)}`;
    accepted(await this.#api({ method: 'POST', path, body: {} }), `let ${this.device.userId} join the room`);
  }

  /**
   * Sends a message that only these devices can decrypt.
   *
   * @param pause called before the keys of a device are requested again
   */
  async say(
    roomId: string,
    readers: readonly ChatDevice[],
    text: string,
    pause: (missing: ChatDevice) => Promise<void>,
  ): Promise<void> {
    const content = { msgtype: 'm.notice', body: text };
    const body = await this.#encryption.encrypt(roomId, [this.device, ...readers], content, pause);
    const path = `${clientRoomPath(roomId)}/send/m.room.encrypted/${encodeURIComponent(text)}`;
    accepted(await this.#api({ method: 'PUT', path, body }), `take a message of ${this.device.userId}`);
  }

  /**
   * Waits until a text from a user can be decrypted. Returns early when the signal aborts.
   *
   * @param wait the signal, the pause between two requests, and the receiver of the progress
   */
  async hear(
    { roomId, from, text }: { roomId: string; from: string; text: string },
    { signal, pause, onArrival }: HearingWait,
  ): Promise<void> {
    let waiting: object[] = [];
    onArrival('nothing has arrived');
    while (!signal.aborted) {
      const events = await this.#sync(roomId);
      const fitting = events.filter(({ type, sender }) => type === 'm.room.encrypted' && sender === from);
      waiting = [...waiting, ...fitting].slice(-waitingAtMost);
      if (waiting.length > 0) onArrival('it has arrived, but not the key to it');
      for (const event of waiting) {
        if ((await this.#encryption.decrypt(roomId, event))?.body === text) return;
      }
      await pause();
    }
  }

  /** Leaves a room, and removes it from the list of rooms that were left. */
  async leave(roomId: string): Promise<void> {
    await leaveRoom(this.#api, roomId);
  }

  /** Asks the homeserver for news, passes them to the encryption, and returns the new events of a room. */
  async #sync(roomId: string): Promise<{ readonly type?: unknown; readonly sender?: unknown }[]> {
    const query = new URLSearchParams({
      filter: JSON.stringify(onlyMessagesOf(roomId)),
      timeout: String(this.#since === undefined ? 0 : syncMilliseconds),
      ...(this.#since === undefined ? {} : { since: this.#since }),
    });
    const answer = await this.#api({ method: 'GET', path: `/_matrix/client/v3/sync?${query}` });
    const news = accepted(answer, `tell ${this.device.userId} what is new`);
    await this.#encryption.takeIn(encryptionNews(news));
    this.#since = String(news.next_batch);
    const room = asObject(asObject(asObject(news.rooms)?.join)?.[roomId]);
    const events = asObject(room?.timeline)?.events;
    return Array.isArray(events) ? events.map((event) => asObject(event) ?? {}) : [];
  }
}

/** A filter for a sync, with the messages of one room only: an account may be in thousands of rooms. */
function onlyMessagesOf(roomId: string): object {
  const nothing = { types: [] };
  return {
    presence: nothing,
    account_data: nothing,
    room: { rooms: [roomId], ephemeral: nothing, account_data: nothing, timeline: { limit: 20 } },
  };
}

function encryptionNews(sync: Readonly<Record<string, unknown>>): EncryptionNews {
  const lists = asObject(sync.device_lists);
  const list = (value: unknown) => (Array.isArray(value) ? value : []);
  return {
    toDevice: list(asObject(sync.to_device)?.events),
    changed: list(lists?.changed).map(String),
    left: list(lists?.left).map(String),
    oneTimeKeys: (asObject(sync.device_one_time_keys_count) ?? {}) as Record<string, number>,
    fallbackKeys: list(sync.device_unused_fallback_key_types).map(String),
  };
}
