import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { type CommandWords, declareCommand, inSession, type Session } from '../command.ts';

/**
 * Starts the declaration of a command about one room. The action gets the room ID or alias as the operator typed it.
 */
export function declareRoomCommand<Flags extends object>(
  rooms: Command,
  context: Context,
  { name, summary, examples }: CommandWords,
  action: (session: Session<Flags>, named: string) => Promise<void>,
): Command {
  return declareCommand(rooms, name, summary, examples)
    .argument('<room>', 'room ID or alias; `lobby` for an alias of this server')
    .action((named: string, flags) =>
      inSession<Flags>(`rooms ${name}`, context, (session) => action(session, named))(flags),
    );
}
