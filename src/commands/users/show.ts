import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareUserCommand, tableFor, type UserSession } from './user-command.ts';

export function declareShow(users: Command, context: Context): void {
  const examples = {
    'matrix-deploy users show bob': '',
    'matrix-deploy users show bob --json': 'for a program',
  };
  declareUserCommand(users, context, { name: 'show', summary: 'everything about a user', examples }, show);
}

async function show(session: UserSession<object>): Promise<void> {
  const { server, account, answer } = session;
  const { belongingsOf } = await import('../../administration/list-users.ts');
  const { describeUser } = await import('../../output/accounts.ts');
  const belongings = await belongingsOf(server, account);
  answer(describeUser(account, belongings, await tableFor(session)), { user: account, ...belongings });
}
