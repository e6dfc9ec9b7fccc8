import type { Context } from '../context.ts';
import { UsageError, UserError } from '../errors.ts';
import type { Homeserver } from '../matrix/homeserver.ts';
import {
  blockRoom,
  findRoom,
  isRoomBlocked,
  type Room,
  type RoomOrder,
  type RoomQuery,
  roomOfAlias,
  roomPages,
} from '../matrix/rooms.ts';
import { countEvents } from '../matrix/rooms-events.ts';

type Server = Pick<Homeserver, 'admin' | 'stack'>;

export interface ListedRoom extends Room {
  /** The number of its events in the database. */
  readonly events: number;
}

interface ListQuery extends Omit<RoomQuery, 'order'> {
  /** By the number of events when absent. Synapse cannot sort by that number. */
  readonly order?: RoomOrder | undefined;
  /** Selects among the rooms that Synapse finds. */
  readonly fits: (room: Room) => boolean;
  /** How many at most; all when absent. */
  readonly limit?: number | undefined;
}

/**
 * The rooms that fit. Reads no more of them than `limit`, unless they are sorted by events: then all must be read
 * first.
 */
export async function listRooms(
  server: Server,
  { order, fits, limit = Number.POSITIVE_INFINITY, ...query }: ListQuery,
  context: Pick<Context, 'connectEngine'>,
): Promise<ListedRoom[]> {
  const wanted = order === undefined ? Number.POSITIVE_INFINITY : limit;
  const pages = roomPages(server.admin, order === undefined ? query : { ...query, order });
  const listed = await withEvents(server, await takeRooms(pages, fits, wanted), context);
  if (order !== undefined) {
    return listed;
  }
  const sign = query.reverse ? 1 : -1;
  return listed.sort((one, other) => sign * (one.events - other.events)).slice(0, limit);
}

async function takeRooms(
  pages: AsyncIterable<readonly Room[]>,
  fits: (room: Room) => boolean,
  limit: number,
): Promise<Room[]> {
  const found: Room[] = [];
  for await (const page of pages) {
    found.push(...page.filter(fits));
    if (found.length >= limit) {
      break;
    }
  }
  return found.slice(0, limit);
}

/** Rooms with the numbers of their events. */
export async function withEvents(
  { stack }: Pick<Server, 'stack'>,
  rooms: readonly Room[],
  context: Pick<Context, 'connectEngine'>,
): Promise<ListedRoom[]> {
  const ids = rooms.map(({ roomId }) => roomId);
  const counts = await countEvents(await context.connectEngine(), stack.project, ids);
  return rooms.map((room) => ({ ...room, events: counts.get(room.roomId) ?? 0 }));
}

/**
 * Resolves a room ID, an alias, or the name of an alias of this server to a room ID. The homeserver need not know the
 * room of a room ID.
 *
 * @throws UsageError when the text is none of these, UserError when the alias leads to no room.
 */
export async function resolveRoom({ admin, stack }: Server, named: string): Promise<string> {
  if (/^![^\s]+$/.test(named)) {
    return named;
  }
  const alias = aliasOf(named, stack.serverName);
  const roomId = await roomOfAlias(admin, alias);
  if (roomId === undefined) {
    throw missing(alias);
  }
  return roomId;
}

/**
 * Finds the room of a room ID or an alias.
 *
 * @throws as `resolveRoom` does, and UserError when this server does not know the room.
 */
export async function requireRoom(server: Server, named: string): Promise<Room> {
  const room = await findRoom(server.admin, await resolveRoom(server, named));
  if (room === undefined) {
    throw missing(named);
  }
  return room;
}

/**
 * Blocks a room, so that users of this server cannot join it, or unblocks it. Present members stay.
 *
 * @returns whether anything was changed
 */
export async function setBlocked({ admin }: Server, roomId: string, to: boolean): Promise<boolean> {
  if ((await isRoomBlocked(admin, roomId)) === to) {
    return false;
  }
  await blockRoom(admin, roomId, to);
  return true;
}

/**
 * The full form of an alias: `lobby` becomes `#lobby:<our server name>`.
 *
 * @throws UsageError for a text that cannot be an alias (client-server API, "Room aliases")
 */
export function aliasOf(text: string, serverName: string): string {
  const [, name = '', server = serverName] = /^#?([^\s:#@!]{1,200})(?::(\S+))?$/.exec(text) ?? [];
  if (name === '') {
    throw new UsageError(`${JSON.stringify(text)} is neither a room ID nor an alias`, {
      code: 'usage.room',
      hint: 'Name a room as !abc…, as #lobby:example.org, or as lobby.',
    });
  }
  return `#${name}:${server}`;
}

/** @param named the room as the operator named it */
export function missing(named: string): UserError {
  return new UserError(`there is no room ${named} on this server`, {
    code: 'room.missing',
    hint: 'Nothing was changed. See `matrix-deploy rooms list`.',
  });
}
