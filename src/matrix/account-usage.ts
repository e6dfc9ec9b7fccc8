import * as z from 'zod';
import { type Api, accepted } from './api.ts';
import { pagesOf } from './pages.ts';

/** The media that a user has uploaded to this server. */
export interface MediaUse {
  readonly files: number;
  readonly bytes: number;
}

export const noMedia: MediaUse = { files: 0, bytes: 0 };

const mediaPage = z.object({
  users: z.array(
    z.object({ user_id: z.string(), media_count: z.number(), media_length: z.number().nullable() }),
  ),
});

/**
 * The uploaded media of each user, by user ID. Users without uploads are absent (Synapse's
 * docs/admin_api/statistics.md). Takes one request for five hundred users with uploads.
 *
 * @param text part of user IDs or display names, which leaves out most of the other users
 */
export async function mediaByUser(admin: Api, text?: string): Promise<Map<string, MediaUse>> {
  const pages = pagesOf(
    admin,
    {
      path: '/_synapse/admin/v1/statistics/users/media',
      query: { order_by: 'user_id', ...(text === undefined ? {} : { search_term: text }) },
      page: mediaPage,
    },
    'tell of uploaded media',
  );
  const found = new Map<string, MediaUse>();
  for await (const { users } of pages) {
    for (const { user_id, media_count, media_length } of users) {
      found.set(user_id, { files: media_count, bytes: media_length ?? 0 });
    }
  }
  return found;
}

const joined = z.object({ total: z.number() });

/** The number of rooms that a user is in. */
export async function countRooms(admin: Api, userId: string): Promise<number> {
  const path = `/_synapse/admin/v1/users/${encodeURIComponent(userId)}/joined_rooms`;
  return joined.parse(accepted(await admin({ method: 'GET', path }), `tell the rooms of ${userId}`)).total;
}
