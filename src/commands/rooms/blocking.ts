import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import type { Session } from '../command.ts';
import { openServer } from '../open-server.ts';
import { declareRoomCommand } from './room-argument.ts';

export function declareBlocking(rooms: Command, context: Context): void {
  const block = {
    name: 'block',
    summary: 'keep users of this server from joining a room, even one that it does not know yet',
    examples: { "matrix-deploy rooms block '!aBcD:spam.example'": '', 'matrix-deploy rooms block lobby': '' },
  };
  const unblock = {
    name: 'unblock',
    summary: 'let users of this server join a room again',
    examples: { 'matrix-deploy rooms unblock lobby': '' },
  };
  declareRoomCommand<object>(rooms, context, block, (session, named) => change(session, named, true));
  declareRoomCommand<object>(rooms, context, unblock, (session, named) => change(session, named, false));
}

async function change(session: Session<object>, named: string, to: boolean): Promise<void> {
  const { resolveRoom, setBlocked } = await import('../../administration/rooms.ts');
  const server = await openServer(session);
  const roomId = await resolveRoom(server, named);
  const changed = await setBlocked(server, roomId, to);
  const is = to ? 'blocked' : 'not blocked';
  const text = changed ? `${named} is ${is} now.` : `No changes: ${named} is ${is}.`;
  session.answer([text], { roomId, blocked: to, changed });
}
