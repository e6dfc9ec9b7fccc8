import type { ListedRoom } from '../administration/rooms.ts';
import type { CreatedRoom } from '../administration/rooms-create.ts';
import type { Room } from '../matrix/rooms.ts';
import { printable } from '../printable.ts';
import type { Style } from './style.ts';
import { alignColumns, withHeader } from './table.ts';

/** One line for each room. */
export function describeRooms(rooms: readonly ListedRoom[], style: Style): string[] {
  if (rooms.length === 0) {
    return ['There are no such rooms.'];
  }
  const rows = rooms.map((room) => [
    printable(room.alias || room.roomId),
    String(room.members),
    String(room.localMembers),
    String(room.events),
    String(room.stateEvents),
    describeFederation(room),
    printable(room.creator),
    printable(room.name),
  ]);
  const header = ['ROOM', 'MEMBERS', 'HERE', 'EVENTS', 'STATE', 'FEDERATED', 'CREATOR', 'NAME'];
  return withHeader(header, rows, { style });
}

/** All facts about one room. */
export function describeRoom(room: ListedRoom, isBlocked: boolean, style: Style): string[] {
  const facts = [
    ['  room ID', printable(room.roomId)],
    ['  alias', printable(room.alias) || 'none'],
    ['  topic', printable(room.topic ?? '') || 'none'],
    ['  creator', printable(room.creator)],
    ['  members', `${room.members}, ${room.localMembers} of this server`],
    ['  events', `${room.events}, ${room.stateEvents} in its state`],
    ['  federated', describeFederation(room)],
    ['  join rule', printable(room.joinRule) || 'unknown'],
    ['  in directory', yesOrNo(room.published)],
    ['  encrypted', yesOrNo(room.encrypted)],
    ['  version', printable(room.version) || 'unknown'],
    ['  blocked', yesOrNo(isBlocked)],
  ];
  return [style.bold(printable(room.name || room.alias || room.roomId)), ...alignColumns(facts)];
}

/** The result of the creation of a room. */
export function describeNewRoom({ roomId, alias, created, owner }: CreatedRoom, style: Style): string[] {
  const rows = [
    ['  alias', alias],
    ['  room ID', roomId],
    ['  owner', owner],
    ['  link', `https://matrix.to/#/${alias}`],
  ];
  return [
    style.bold(
      created
        ? 'The room is created, and published in the room directory.'
        : 'The room existed already; it is published in the room directory.',
    ),
    '',
    ...alignColumns(rows),
  ];
}

/** Whether users of other servers are in the room, or could be. */
function describeFederation({ members, localMembers, federatable }: Room): string {
  if (members > localMembers) {
    return 'yes';
  }
  return federatable ? 'not yet' : 'never';
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
