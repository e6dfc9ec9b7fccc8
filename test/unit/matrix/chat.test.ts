import { expect, onTestFinished, test, vi } from 'vitest';
import type { Api, ApiCall } from '../../../src/matrix/api.ts';
import { type Arrival, ChatClient } from '../../../src/matrix/chat/client.ts';
import type { ChatDevice } from '../../../src/matrix/chat/encryption.ts';

const alice = { userId: '@alice:a.test', deviceId: 'A' };
const bob = { userId: '@bob:b.test', deviceId: 'B' };
const room = '!room:a.test';
const noPause = () => Promise.reject(new Error('keys are missing'));
const never = new AbortController().signal;
/** How a message is waited for. */
const waiting = (wait: Partial<Parameters<ChatClient['hear']>[1]> = {}) => ({
  signal: never,
  pause: async () => undefined,
  onArrival: () => undefined,
  ...wait,
});

test('a message must be read by whom it is for, and be unreadable on the way', async () => {
  const { apiOf, sent } = relay();
  const [from, to] = await Promise.all([alice, bob].map((device) => ChatClient.open(apiOf(device), device)));
  await from?.say(room, [bob], 'hello', noPause);
  await to?.hear({ roomId: room, from: alice.userId, text: 'hello' }, waiting());
  expect(sent).toMatchObject([{ type: 'm.room.encrypted', content: { algorithm: 'm.megolm.v1.aes-sha2' } }]);
  expect(JSON.stringify(sent)).not.toContain('hello');
});

test('that a message is there and its key is not must be told', async () => {
  const { apiOf } = relay({ losesKeys: true });
  const [from, to] = await Promise.all([alice, bob].map((device) => ChatClient.open(apiOf(device), device)));
  await from?.say(room, [bob], 'hello', noPause);
  const told: Arrival[] = [];
  const end = new AbortController();
  const onArrival = (arrival: Arrival) => {
    told.push(arrival);
    if (arrival !== 'nothing has arrived') end.abort();
  };
  await to?.hear(
    { roomId: room, from: alice.userId, text: 'hello' },
    waiting({ signal: end.signal, onArrival }),
  );
  expect(told).toEqual(['nothing has arrived', 'it has arrived, but not the key to it']);
});

test('a server that sends without end must be asked with pauses, and what it sent must not be kept', async () => {
  const { apiOf } = relay();
  let round = 0;
  const told = vi.spyOn(JSON, 'stringify');
  onTestFinished(() => void told.mockRestore());
  const endless: Api = async (call) => {
    if (!call.path.includes('/sync?')) return apiOf(bob)(call);
    round++;
    const events = Array.from({ length: 70 }, (_, place) => ({
      ...{ type: 'm.room.encrypted', sender: alice.userId, content: {} },
      ...{ event_id: `$${round}-${place}`, origin_server_ts: 1 },
    }));
    return { status: 200, body: { next_batch: '1', rooms: { join: { [room]: { timeline: { events } } } } } };
  };
  const to = await ChatClient.open(endless, bob);
  const end = new AbortController();
  const tried: number[] = [];
  const pause = async () => {
    // What is decrypted is given to the library as JSON.
    tried.push(told.mock.calls.filter(([value]) => value?.event_id !== undefined).length);
    told.mockClear();
    if (round === 4) end.abort();
  };
  await to.hear({ roomId: room, from: alice.userId, text: 'hello' }, waiting({ signal: end.signal, pause }));
  expect(tried).toEqual([70, 100, 100, 100]);
});

test('keys that are not there yet must be asked for again', async () => {
  const { apiOf } = relay();
  const from = await ChatClient.open(apiOf(alice), alice);
  let pauses = 0;
  await from.say(room, [bob], 'hello', async (missing) => {
    expect(missing).toEqual(bob);
    pauses++;
    if (pauses === 2) await ChatClient.open(apiOf(bob), bob);
  });
  expect(pauses).toBe(2);
});

/** What homeservers do for encryption: keep public keys, and pass on what is sent to devices and to a room. */
function relay({ losesKeys = false } = {}) {
  const keys = new Map<string, { device: object; oneTime: [string, object][] }>();
  const inboxes = new Map<string, object[]>();
  const sent: { type: string; sender: string; content: object }[] = [];
  const byUser = (ids: readonly string[], of: (id: string) => object | undefined) =>
    Object.fromEntries(ids.map((id) => [id, of(id) ?? {}]));
  const deviceOf = ({ userId }: Pick<ChatDevice, 'userId'>) => (userId === alice.userId ? 'A' : 'B');

  // biome-ignore lint/suspicious/noExplicitAny: what comes in is what the product made.
  type Handler = (self: ChatDevice, said: any, place: string) => object;
  const handlers: readonly (readonly [RegExp, Handler])[] = [
    [
      /^keys\/upload$/,
      ({ userId }, { device_keys, one_time_keys = {} }) => {
        const device = device_keys ?? keys.get(userId)?.device;
        keys.set(userId, { device, oneTime: Object.entries(one_time_keys) });
        return { one_time_key_counts: { signed_curve25519: Object.keys(one_time_keys).length } };
      },
    ],
    [
      /^keys\/query$/,
      (_self, said) => ({
        device_keys: byUser(Object.keys(said.device_keys), (userId) => {
          const device = keys.get(userId)?.device;
          return device && { [deviceOf({ userId })]: device };
        }),
      }),
    ],
    [
      /^keys\/claim$/,
      (_self, said) => ({
        one_time_keys: byUser(Object.keys(said.one_time_keys), (userId) => {
          const key = keys.get(userId)?.oneTime.shift();
          return key && { [deviceOf({ userId })]: Object.fromEntries([key]) };
        }),
      }),
    ],
    [
      /^sendToDevice\//,
      ({ userId: sender }, said, place) => {
        const type = decodeURIComponent(place.split('/')[1] ?? '');
        for (const [userId, devices] of Object.entries(losesKeys ? {} : said.messages)) {
          const [content] = Object.values(devices as object);
          inboxes.set(userId, [...(inboxes.get(userId) ?? []), { type, sender, content }]);
        }
        return {};
      },
    ],
    [
      /\/send\/m\.room\.encrypted\//,
      ({ userId: sender }, content) => {
        sent.push({ type: 'm.room.encrypted', sender, content });
        return { event_id: '$1' };
      },
    ],
    [
      /^sync$/,
      ({ userId }) => {
        const toDevice = inboxes.get(userId) ?? [];
        inboxes.delete(userId);
        const events = sent.map((event) => ({ ...event, event_id: '$1', origin_server_ts: 1 }));
        return {
          next_batch: '1',
          to_device: { events: toDevice },
          device_one_time_keys_count: { signed_curve25519: 50 },
          rooms: { join: { [room]: { timeline: { events } } } },
        };
      },
    ],
  ];
  const answer = (self: ChatDevice, { path, body }: ApiCall): object => {
    const [place = ''] = path.replace('/_matrix/client/v3/', '').split('?');
    const [, handler] = handlers.find(([pattern]) => pattern.test(place)) ?? [];
    if (handler === undefined) throw new Error(`nobody answers ${path}`);
    return handler(self, body, place);
  };
  const apiOf =
    (self: ChatDevice): Api =>
    async (call) => ({ status: 200, body: JSON.parse(JSON.stringify(answer(self, call))) });
  return { apiOf, sent };
}
