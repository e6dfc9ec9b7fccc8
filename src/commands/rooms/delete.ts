import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import type { Homeserver } from '../../matrix/homeserver.ts';
import type { Room } from '../../matrix/rooms.ts';
import type { Deletion } from '../../matrix/rooms-deletion.ts';
import { countOf } from '../../output/wording.ts';
import type { Session } from '../command.ts';
import { requireConfirmation } from '../confirmation.ts';
import { openServer } from '../open-server.ts';
import { declareRoomCommand } from './room-argument.ts';

interface DeleteFlags {
  readonly block?: boolean;
  readonly purge: boolean;
  readonly confirm?: string;
}

export function declareDelete(rooms: Command, context: Context): void {
  const summary = 'remove all users of this server from a room, and delete its data here';
  const examples = {
    'matrix-deploy rooms delete lobby': 'asks for the alias',
    'matrix-deploy rooms delete lobby --block': '',
    "matrix-deploy rooms delete lobby --confirm '#lobby:a.org'": 'asks nothing',
  };
  declareRoomCommand<DeleteFlags>(rooms, context, { name: 'delete', summary, examples }, deleteRoom)
    .option('--block', 'also keep users of this server from joining it again')
    .option('--no-purge', 'only remove the users: messages stay in the database')
    .option('--confirm <room>', 'the room ID or alias in full, to delete it without a prompt');
}

async function deleteRoom(session: Session<DeleteFlags>, named: string): Promise<void> {
  const { context, flags, reporter } = session;
  const { block = false, purge } = flags;
  const { missing, resolveRoom } = await import('../../administration/rooms.ts');
  const procedure = await import('../../administration/rooms-delete.ts');
  const { isGoingOn } = await import('../../matrix/rooms-deletion.ts');
  const server = await openServer(session);
  const roomId = await resolveRoom(server, named);
  const state = await stateOf(server, roomId);
  if (state.room === undefined && state.deletion?.status === 'complete') {
    return answer(session, roomId, state.deletion, false);
  }
  const { say } = await reporter();
  if (state.deletion !== undefined && isGoingOn(state.deletion)) {
    say('The room is being deleted already.');
  } else if (state.room === undefined) {
    throw missing(named);
  } else {
    await agree(session, state.room);
  }
  const deletion = await procedure.deleteRoom(
    server,
    roomId,
    { block, purge },
    {
      ...context,
      onProgress: ({ status, removed }) =>
        say(
          status === 'scheduled'
            ? 'The deletion is about to begin …'
            : `${countOf(removed.length, 'user')} removed so far …`,
        ),
    },
  );
  answer(session, roomId, deletion, true);
}

async function stateOf(server: Homeserver, roomId: string) {
  const { findRoom } = await import('../../matrix/rooms.ts');
  const { findDeletion } = await import('../../administration/rooms-delete.ts');
  const [room, deletion] = await Promise.all([findRoom(server.admin, roomId), findDeletion(server, roomId)]);
  return { room, deletion };
}

async function agree({ context, flags }: Session<DeleteFlags>, room: Room): Promise<void> {
  const { roomId, alias, name, members, localMembers } = room;
  const { printable } = await import('../../printable.ts');
  const called = printable(name || alias || roomId);
  const others = members > localMembers ? ' Other servers keep their copies.' : '';
  const lost = flags.purge ? ' All its messages here are deleted permanently.' : '';
  await requireConfirmation(context, flags.confirm, {
    message: `${countOf(localMembers, 'user')} of this server will be removed from ${called}.${lost}${others}`,
    subject: 'the room',
    // The operator cannot type a name with unprintable characters.
    name: alias !== '' && printable(alias) === alias ? alias : roomId,
    otherName: roomId,
  });
}

function answer(
  session: Session<DeleteFlags>,
  roomId: string,
  { id, removed, stayed }: Deletion,
  changed: boolean,
): void {
  const text = changed
    ? `The room ${roomId} is deleted; ${countOf(removed.length, 'user')} of this server removed from it.`
    : `No changes: the room ${roomId} was deleted already.`;
  const left = stayed.map((userId) => `${userId} could not be removed.`);
  session.answer([text, ...left], { roomId, deletion: id, changed, removed, stayed });
}
