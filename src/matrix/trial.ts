import { randomUUID } from 'node:crypto';
import { messageOf, UserError } from '../errors.ts';
import { objectionToKeys } from '../federation/server-keys.ts';
import type { Clock } from '../host/clock.ts';
import { type Api, accepted, clientRoomPath } from './api.ts';
import { removeRoom } from './rooms-deletion.ts';

/** A test, and why it failed, if it did. */
export interface Tried {
  /** The behaviour that was tested, as in "lets its users in". */
  readonly what: string;
  readonly trouble?: string;
}

/** What a homeserver says about itself. */
export interface Introduction {
  /** The version that it tells other homeservers. */
  readonly version: string;
  /** Its signing keys, each as name and key. */
  readonly keys: readonly string[];
}

/** A homeserver, and the ways to reach it. */
export interface Line {
  /** The API without an access token. */
  readonly api: Api;
  /** The API as the tool account. */
  readonly admin: Api;
  readonly serverName: string;
  readonly clock: Clock;
}

/**
 * Asks a homeserver for its version and its keys.
 *
 * @throws UserError when it does not answer as a homeserver does, or when its keys are not good
 */
export async function introduce({ api, serverName, clock }: Omit<Line, 'admin'>): Promise<Introduction> {
  const path = '/_matrix/federation/v1/version';
  const { server } = accepted(await api({ method: 'GET', path }), 'tell its version');
  const keys = accepted(await api({ method: 'GET', path: '/_matrix/key/v2/server' }), 'show its keys');
  const objection = objectionToKeys(keys, serverName, clock.now().getTime());
  if (objection !== undefined) {
    throw new UserError(`the homeserver's keys are not good: ${objection}`, { code: 'matrix.keys' });
  }
  return {
    version: String((server as { version?: unknown } | undefined)?.version ?? ''),
    keys: Object.entries((keys.verify_keys ?? {}) as Record<string, { key?: string }>)
      .map(([name, { key }]) => `${name} ${key}`)
      .sort(),
  };
}

/**
 * Tests a homeserver as people use it. What the tests create is private to the tool account, and is deleted again.
 *
 * @returns the result of each test; a test ends at its first failure
 */
export async function tryHomeserver(line: Line): Promise<Tried[]> {
  return [
    await attempt('lets a user in and tells what is new', () => trySync(line)),
    await attempt('takes a message in a private room and gives it out', () => tryRoom(line)),
    await attempt('takes a file and gives it out', () => tryMedia(line)),
  ];
}

async function attempt(what: string, trial: () => Promise<void>): Promise<Tried> {
  try {
    await trial();
    return { what };
  } catch (error) {
    return { what, trouble: messageOf(error) };
  }
}

async function trySync({ admin }: Line): Promise<void> {
  const filter = encodeURIComponent(JSON.stringify({ room: { timeline: { limit: 1 } } }));
  const path = `/_matrix/client/v3/sync?timeout=0&filter=${filter}`;
  const { next_batch } = accepted(await admin({ method: 'GET', path }), 'tell what is new');
  if (typeof next_batch !== 'string') throw new Error('its answer has no next_batch');
}

async function tryRoom({ admin, clock }: Line): Promise<void> {
  const body = { preset: 'private_chat', visibility: 'private', creation_content: { 'm.federate': false } };
  const made = accepted(
    await admin({ method: 'POST', path: '/_matrix/client/v3/createRoom', body }),
    'create a room',
  );
  const room = String(made.room_id);
  try {
    const text = randomUUID();
    const path = clientRoomPath(room);
    const message = { msgtype: 'm.text', body: text };
    accepted(
      await admin({ method: 'PUT', path: `${path}/send/m.room.message/${text}`, body: message }),
      'take a message',
    );
    const page = accepted(
      await admin({ method: 'GET', path: `${path}/messages?dir=b&limit=5` }),
      'give it out',
    );
    const chunk = (page.chunk ?? []) as readonly { content?: { body?: unknown } }[];
    if (!chunk.some(({ content }) => content?.body === text)) throw new Error('the message is not there');
  } finally {
    await removeRoom(admin, room, clock);
  }
}

async function tryMedia({ admin, serverName }: Line): Promise<void> {
  const content = { text: randomUUID() };
  const uploaded = accepted(
    await admin({ method: 'POST', path: '/_matrix/media/v3/upload', body: content }),
    'take a file',
  );
  const id = String(uploaded.content_uri).split('/').at(-1) ?? '';
  const place = `${encodeURIComponent(serverName)}/${encodeURIComponent(id)}`;
  try {
    const answer = await admin({ method: 'GET', path: `/_matrix/client/v1/media/download/${place}` });
    // Before version 1.111, Synapse had only this path.
    const read =
      answer.status === 404
        ? await admin({ method: 'GET', path: `/_matrix/media/v3/download/${place}` })
        : answer;
    if (accepted(read, 'give a file out').text !== content.text) throw new Error('it is another file');
  } finally {
    await admin({ method: 'DELETE', path: `/_synapse/admin/v1/media/${place}` });
  }
}
