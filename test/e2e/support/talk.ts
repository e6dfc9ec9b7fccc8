import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';

/** A message that the homeserver has acknowledged. */
export interface Said {
  readonly text: string;
  /** Milliseconds since the epoch, when the acknowledgement was here. */
  readonly at: number;
}

const pauseMilliseconds = 200;
const messagesPerFile = 5;

/**
 * Says something in a room five times a second where the host keeps up, every fifth time with a file whose content is the
 * message's text.
 *
 * @returns once a file is among what was said: ends it, with everything that was acknowledged by then, in its order
 */
export async function keepTalking(client: Client, room: string): Promise<() => Promise<Said[]>> {
  const said: Said[] = [];
  const ending = new AbortController();
  const talk = async (onBegun: () => void) => {
    for (let number = 0; !ending.signal.aborted; number += 1) {
      const text = `load ${number}`;
      const next = sleep(pauseMilliseconds);
      const content = number % messagesPerFile === 0 ? await withFile(client, text) : { msgtype: 'm.text' };
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/load${number}`;
      const { status, body } = await client.call('PUT', path, { ...content, body: text });
      if (status !== 200) throw new Error(`not sent: ${status} ${JSON.stringify(body)}`);
      said.push({ text, at: Date.now() });
      onBegun();
      await next;
    }
  };
  let ended: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    ended = talk(resolve);
    ended.catch(reject);
  });
  return async () => {
    ending.abort();
    await ended;
    return said;
  };
}

async function withFile(client: Client, text: string): Promise<object> {
  const { status, body } = await client.call('POST', '/_matrix/media/v3/upload?filename=load.json', { text });
  if (status !== 200) throw new Error(`not uploaded: ${status} ${JSON.stringify(body)}`);
  return { msgtype: 'm.file', url: body.content_uri };
}
