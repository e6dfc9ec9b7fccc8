import * as z from 'zod';
import { type Api, accepted } from './api.ts';
import { pagesOf } from './pages.ts';

/** The paths of records about a user, which the homeserver returns whole (its docs/admin_api/user_admin_api.md). */
export const userRecords = {
  account: (id: string) => `/_synapse/admin/v2/users/${id}`,
  devices: (id: string) => `/_synapse/admin/v2/users/${id}/devices`,
  connections: (id: string) => `/_synapse/admin/v1/whois/${id}`,
  pushers: (id: string) => `/_synapse/admin/v1/users/${id}/pushers`,
  'account-data': (id: string) => `/_synapse/admin/v1/users/${id}/accountdata`,
  memberships: (id: string) => `/_synapse/admin/v1/users/${id}/memberships`,
} as const satisfies Record<string, (id: string) => string>;

export type UserRecord = keyof typeof userRecords;

/** Reads one of these records, unchanged. */
export async function readUserRecord(admin: Api, record: UserRecord, userId: string): Promise<object> {
  const path = userRecords[record](encodeURIComponent(userId));
  return accepted(await admin({ method: 'GET', path }), `tell the ${record} of ${userId}`);
}

const memberships = z.object({ memberships: z.record(z.string(), z.string()) });

/** The IDs of the rooms in the record of memberships: rooms that the user is or was in, or was invited to. */
export function roomsOf(record: object): string[] {
  return Object.keys(memberships.parse(record).memberships);
}

const media = z.looseObject({
  media_id: z.string(),
  media_length: z
    .number()
    .nullish()
    .transform((bytes) => bytes ?? 0),
});

/** A file that a user has uploaded, with all that the homeserver knows of it. */
export type MediaRecord = z.output<typeof media>;

export async function* readMedia(admin: Api, userId: string): AsyncGenerator<MediaRecord> {
  const path = `/_synapse/admin/v1/users/${encodeURIComponent(userId)}/media`;
  const query = { order_by: 'created_ts', dir: 'f' };
  const pages = pagesOf(
    admin,
    { path, query, page: z.object({ media: z.array(media) }) },
    `list the media of ${userId}`,
  );
  for await (const page of pages) {
    yield* page.media;
  }
}

const messages = z.object({ chunk: z.array(z.looseObject({})), end: z.string().optional() });

/**
 * The events that a user has sent to a room, oldest first, page by page (Synapse's docs/admin_api/rooms.md, "Room
 * Messages API"). Encrypted events stay encrypted.
 */
export async function* readSentEvents(admin: Api, userId: string, room: string): AsyncGenerator<object[]> {
  const filter = JSON.stringify({ senders: [userId] });
  const query = new URLSearchParams({ dir: 'f', limit: '500', filter });
  const path = `/_synapse/admin/v1/rooms/${encodeURIComponent(room)}/messages`;
  for (let end: string | undefined = ''; end !== undefined; ) {
    const answer = await admin({ method: 'GET', path: `${path}?${query}` });
    const page = messages.parse(accepted(answer, `tell what ${userId} has sent to ${room}`));
    yield page.chunk;
    end = page.end === end ? undefined : page.end;
    query.set('from', end ?? '');
  }
}
