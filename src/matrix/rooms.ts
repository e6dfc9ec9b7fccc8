import * as z from 'zod';
import { type Api, accepted, isRefusedWith } from './api.ts';
import { pagesOf } from './pages.ts';

/** A room as Synapse's admin API describes it (its docs/admin_api/rooms.md). */
export interface Room {
  readonly roomId: string;
  /** Empty when it has none. */
  readonly name: string;
  /** Its canonical alias; empty when it has none. */
  readonly alias: string;
  /** Empty when the room has none. Absent in a list of rooms. */
  readonly topic?: string;
  /** The user ID of the creator; empty when it is unknown. */
  readonly creator: string;
  /** The number of members. */
  readonly members: number;
  /** The number of members who are users of this server. */
  readonly localMembers: number;
  /** The number of events in its state. A large state makes a room costly. */
  readonly stateEvents: number;
  /** Whether users of other servers may be in it. */
  readonly federatable: boolean;
  /** Whether it is in the server's room directory. */
  readonly published: boolean;
  readonly encrypted: boolean;
  /** Such as `m.space`; empty for an ordinary room. Absent in a list of rooms. */
  readonly type?: string;
  /** Such as `public` or `invite`. */
  readonly joinRule: string;
  readonly version: string;
}

/** What a list is sorted by, in Synapse's words. */
export type RoomOrder =
  | 'name'
  | 'canonical_alias'
  | 'joined_members'
  | 'joined_local_members'
  | 'state_events'
  | 'creator'
  | 'version';

export interface RoomQuery {
  /** Part of a name or an alias, or a whole room ID. */
  readonly text?: string | undefined;
  readonly order?: RoomOrder;
  readonly reverse?: boolean;
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
// Synapse counts in the background: a room may have no numbers yet.
const count = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);

const room = z
  .object({
    room_id: z.string(),
    name: text,
    canonical_alias: text,
    topic: z.string().nullable().optional(),
    creator: text,
    joined_members: count,
    joined_local_members: count,
    state_events: count,
    federatable: z.boolean(),
    public: z.boolean(),
    encryption: text,
    join_rules: text,
    room_type: z.string().nullable().optional(),
    version: text,
  })
  .transform(
    (row): Room => ({
      roomId: row.room_id,
      name: row.name,
      alias: row.canonical_alias,
      ...(row.topic === undefined ? {} : { topic: row.topic ?? '' }),
      creator: row.creator,
      members: row.joined_members,
      localMembers: row.joined_local_members,
      stateEvents: row.state_events,
      federatable: row.federatable,
      published: row.public,
      encrypted: row.encryption !== '',
      joinRule: row.join_rules,
      version: row.version,
      ...(row.room_type === undefined ? {} : { type: row.room_type ?? '' }),
    }),
  );

const roomPage = z.object({ rooms: z.array(room) });

/** The matching rooms, a page at a time; the caller stops when it has enough. */
export async function* roomPages(
  admin: Api,
  { text: search, order = 'joined_members', reverse = false }: RoomQuery = {},
): AsyncGenerator<readonly Room[]> {
  const query = {
    order_by: order,
    dir: reverse ? 'b' : 'f',
    ...(search === undefined || search === '' ? {} : { search_term: search }),
  };
  const pages = pagesOf(admin, { path: '/_synapse/admin/v1/rooms', query, page: roomPage }, 'list its rooms');
  for await (const { rooms } of pages) {
    yield rooms;
  }
}

/** The room of an ID, if this server knows it. */
export async function findRoom(admin: Api, roomId: string): Promise<Room | undefined> {
  const answer = await admin({ method: 'GET', path: roomPath(roomId) });
  return isRefusedWith(answer, 'M_NOT_FOUND')
    ? undefined
    : room.parse(accepted(answer, `tell of the room ${roomId}`));
}

/** The ID of the room that an alias leads to, if it leads to any. */
export async function roomOfAlias(api: Api, alias: string): Promise<string | undefined> {
  const path = `/_matrix/client/v3/directory/room/${encodeURIComponent(alias)}`;
  const answer = await api({ method: 'GET', path });
  return isRefusedWith(answer, 'M_NOT_FOUND')
    ? undefined
    : String(accepted(answer, `tell where ${alias} leads to`).room_id);
}

/** Whether users of this server are kept from joining a room. The server need not know the room. */
export async function isRoomBlocked(admin: Api, roomId: string): Promise<boolean> {
  const answer = await admin({ method: 'GET', path: `${roomPath(roomId)}/block` });
  return accepted(answer, `tell whether the room ${roomId} is blocked`).block === true;
}

/** Blocks a room, so that users of this server cannot join it, or unblocks it. */
export async function blockRoom(admin: Api, roomId: string, block: boolean): Promise<void> {
  const answer = await admin({ method: 'PUT', path: `${roomPath(roomId)}/block`, body: { block } });
  accepted(answer, `${block ? 'block' : 'unblock'} the room ${roomId}`);
}

/** The path of a room in the admin API. */
export function roomPath(roomId: string, version: 'v1' | 'v2' = 'v1'): string {
  return `/_synapse/admin/${version}/rooms/${encodeURIComponent(roomId)}`;
}
