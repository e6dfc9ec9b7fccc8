import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { requireConfirmation } from '../confirmation.ts';
import { answerChange, declareUserCommand, type UserSession } from './user-command.ts';

interface DeactivateFlags {
  readonly erase?: boolean;
  readonly force?: boolean;
  readonly confirm?: string;
}

export function declareDeactivate(users: Command, context: Context): void {
  const summary = 'deactivate an account permanently: nobody can log in to it or take its name';
  const examples = {
    'matrix-deploy users deactivate bob': 'prompts for the user ID',
    'matrix-deploy users deactivate bob --erase': 'also hides their messages',
    'matrix-deploy users deactivate bob --confirm @bob:example.org': '',
  };
  declareUserCommand<DeactivateFlags>(users, context, { name: 'deactivate', summary, examples }, deactivate)
    .option('--erase', 'also hide its messages from those who join a room later')
    .option('--force', 'even the last admin')
    .option('--confirm <user ID>', 'the user ID, to do it without a prompt');
}

async function deactivate(session: UserSession<DeactivateFlags>): Promise<void> {
  const { context, flags, server, account } = session;
  const { erase = false, force = false } = flags;
  const { userId } = account;
  const procedure = await import('../../administration/accounts.ts');
  await requireConfirmation(context, flags.confirm, {
    message: `${userId} will be logged out everywhere, and can never log in again. This cannot be undone; \`users lock\` can.`,
    subject: 'the user',
    name: userId,
  });
  const changed = await procedure.deactivate(server, account, { erase, force });
  answerChange(session, changed, {
    done: `is deactivated${erase ? ' and erased' : ''}`,
    before: 'is deactivated',
  });
}
