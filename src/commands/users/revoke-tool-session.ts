import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import { openServer } from '../open-server.ts';

export function declareRevokeToolSession(users: Command, context: Context): void {
  const summary = 'end the admin session of matrix-deploy; it opens a new one when needed';
  declareCommand(users, 'revoke-tool-session', summary, {
    'matrix-deploy users revoke-tool-session': 'after its token may have leaked',
  }).action(inSession('users revoke-tool-session', context, revoke));
}

async function revoke(session: Session<object>): Promise<void> {
  const { endToolSession } = await import('../../matrix/tool-session.ts');
  const ended = await endToolSession(await openServer(session));
  session.answer([ended ? 'The session is ended.' : 'No changes: there is no session.'], { ended });
}
