import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import type { Session } from '../command.ts';
import { openServer } from '../open-server.ts';
import { declareRoomCommand } from './room-argument.ts';

export function declareShow(rooms: Command, context: Context): void {
  const examples = {
    'matrix-deploy rooms show lobby': '',
    "matrix-deploy rooms show '#lobby:example.org' --json": 'for a program',
  };
  declareRoomCommand(
    rooms,
    context,
    { name: 'show', summary: 'show everything about a room', examples },
    show,
  );
}

async function show(session: Session<object>, named: string): Promise<void> {
  const { context, answer, style } = session;
  const { requireRoom, withEvents } = await import('../../administration/rooms.ts');
  const { isRoomBlocked } = await import('../../matrix/rooms.ts');
  const { describeRoom } = await import('../../output/rooms.ts');
  const server = await openServer(session);
  const found = await requireRoom(server, named);
  const [rooms, blocked] = await Promise.all([
    withEvents(server, [found], context),
    isRoomBlocked(server.admin, found.roomId),
  ]);
  for (const room of rooms) {
    answer(describeRoom(room, blocked, await style()), { room, blocked });
  }
}
