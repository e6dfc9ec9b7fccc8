import {
  DecryptionSettings,
  DeviceId,
  DeviceLists,
  EncryptionSettings,
  initAsync,
  OlmMachine,
  RequestType,
  RoomId,
  type ToDeviceRequest,
  TrustRequirement,
  UserId,
} from '@matrix-org/matrix-sdk-crypto-wasm';
import { asObject } from '../../json-object.ts';
import { type Api, type ApiCall, accepted } from '../api.ts';

/** One session of an account. */
export interface ChatDevice {
  readonly userId: string;
  readonly deviceId: string;
}

/**
 * The parts of a sync that concern encryption (client-server API, "Extensions to /sync" of end-to-end encryption).
 */
export interface EncryptionNews {
  readonly toDevice: readonly unknown[];
  readonly changed: readonly string[];
  readonly left: readonly string[];
  readonly oneTimeKeys: Readonly<Record<string, number>>;
  readonly fallbackKeys: readonly string[];
}

/** A request of the library. By the ID, the library knows which request an answer belongs to. */
interface KeyRequest {
  readonly id?: string | undefined;
  readonly type: RequestType;
  readonly body: string;
}

const client = '/_matrix/client/v3';

/**
 * End-to-end encryption for one device, by the library that Element uses. Its keys are in memory only: a device is used
 * once.
 */
export class Encryption {
  readonly #api: Api;
  readonly #machine: OlmMachine;

  private constructor(api: Api, machine: OlmMachine) {
    this.#api = api;
    this.#machine = machine;
  }

  /**
   * Creates keys for a device, and publishes them: from then on, others can encrypt for it.
   *
   * @param api as the device's user
   */
  static async open(api: Api, { userId, deviceId }: ChatDevice): Promise<Encryption> {
    await initAsync();
    const machine = await OlmMachine.initialize(new UserId(userId), new DeviceId(deviceId));
    const encryption = new Encryption(api, machine);
    await encryption.#sendWaiting();
    return encryption;
  }

  /**
   * Encrypts a message for devices, and sends them the key to it first.
   *
   * @param pause called before missing keys are requested again: between two servers, they take a moment to arrive
   * @returns the content of an `m.room.encrypted` event
   */
  async encrypt(
    roomId: string,
    readers: readonly ChatDevice[],
    content: object,
    pause: (missing: ChatDevice) => Promise<void>,
  ): Promise<object> {
    // The library takes ownership of its arguments: each call needs new ones.
    const users = () => [...new Set(readers.map(({ userId }) => userId))].map((id) => new UserId(id));
    await this.#machine.updateTrackedUsers(users());
    for (const reader of readers) {
      while (!(await this.#hasKeysOf(reader))) await pause(reader);
    }
    const claim = await this.#machine.getMissingSessions(users());
    if (claim) await this.#send(claim);
    const shares = await this.#machine.shareRoomKey(new RoomId(roomId), users(), new EncryptionSettings());
    for (const share of shares) await this.#send(share);
    const text = await this.#machine.encryptRoomEvent(
      new RoomId(roomId),
      'm.room.message',
      JSON.stringify(content),
    );
    return JSON.parse(text);
  }

  /** Processes the encryption part of a sync, which includes the keys to messages. */
  async takeIn({ toDevice, changed, left, oneTimeKeys, fallbackKeys }: EncryptionNews): Promise<void> {
    const users = (ids: readonly string[]) => ids.map((id) => new UserId(id));
    await this.#machine.receiveSyncChanges(
      JSON.stringify(toDevice),
      new DeviceLists(users(changed), users(left)),
      new Map(Object.entries(oneTimeKeys)),
      new Set(fallbackKeys),
    );
    await this.#sendWaiting();
  }

  /** The content of an encrypted event; `undefined` when it cannot be decrypted, or not yet. */
  async decrypt(roomId: string, event: object): Promise<Readonly<Record<string, unknown>> | undefined> {
    // Nobody has verified a device that is a few seconds old.
    const settings = new DecryptionSettings(TrustRequirement.Untrusted);
    const decrypted = await this.#machine
      .decryptRoomEvent(JSON.stringify(event), new RoomId(roomId), settings)
      .catch(() => undefined);
    return decrypted && asObject(JSON.parse(decrypted.event).content);
  }

  async #hasKeysOf({ userId, deviceId }: ChatDevice): Promise<boolean> {
    await this.#send(this.#machine.queryKeysForUsers([new UserId(userId)]));
    return (await this.#machine.getDevice(new UserId(userId), new DeviceId(deviceId))) !== undefined;
  }

  async #sendWaiting(): Promise<void> {
    for (const request of await this.#machine.outgoingRequests()) await this.#send(request);
  }

  async #send(request: KeyRequest): Promise<void> {
    const call = callOf(request);
    // The other kinds are for verification and for backups of keys, which do not happen here.
    if (call === undefined) return;
    const body = accepted(await this.#api(call), 'exchange keys for encryption');
    await this.#machine.markRequestAsSent(request.id ?? '', request.type, JSON.stringify(body));
  }
}

/** The call of the client-server API that a request stands for. */
function callOf(request: KeyRequest): ApiCall | undefined {
  const body = JSON.parse(request.body);
  switch (request.type) {
    case RequestType.KeysUpload:
      return { method: 'POST', path: `${client}/keys/upload`, body };
    case RequestType.KeysQuery:
      return { method: 'POST', path: `${client}/keys/query`, body };
    case RequestType.KeysClaim:
      return { method: 'POST', path: `${client}/keys/claim`, body };
    case RequestType.ToDevice: {
      const { event_type, txn_id } = request as ToDeviceRequest;
      const place = [event_type, txn_id].map(encodeURIComponent).join('/');
      return { method: 'PUT', path: `${client}/sendToDevice/${place}`, body };
    }
    default:
      return undefined;
  }
}
