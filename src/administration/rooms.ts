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
  /** How many events of it are in the database. */
  readonly events: number;
}

interface ListQuery extends Omit<RoomQuery, 'order'> {
  /** By events when absent, which Synapse cannot. */
  readonly order?: RoomOrder | undefined;
  /** Which of the rooms that Synapse finds. */
  readonly fits: (room: Room) => boolean;
  /** How many at most; all when absent. */
  readonly limit?: number | undefined;
}

/** The rooms that fit. No more are asked for, and kept, than are wanted, unless their order is known only at the end. */
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
 * The ID of the room that a room ID, an alias or the name of one of our aliases means. Nobody has to know that room.
 *
 * @throws UsageError for what names no room, UserError when the alias leads to none.
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
 * The room that a room ID or an alias means.
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
 * Keeps the users of this server from joining a room, or lets them again. Those who are in it stay.
 *
 * @returns whether anything had to be changed
 */
export async function setBlocked({ admin }: Server, roomId: string, to: boolean): Promise<boolean> {
  if ((await isRoomBlocked(admin, roomId)) === to) {
    return false;
  }
  await blockRoom(admin, roomId, to);
  return true;
}

/**
 * An alias as Matrix has it: `lobby` is `#lobby:<our server name>`.
 *
 * @throws UsageError for what can be none (client-server API, "Room aliases")
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
