import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareUserCommand, type UserSession } from './user-command.ts';

export function declareShow(users: Command, context: Context): void {
  const examples = {
    'matrix-deploy users show bob': '',
    'matrix-deploy users show bob --json': 'for a program',
  };
  declareUserCommand(users, context, { name: 'show', summary: 'everything about a user', examples }, show);
}

async function show({ context, server, account, answer, style }: UserSession<object>): Promise<void> {
  const { listDevices } = await import('../../matrix/accounts.ts');
  const { describeUser } = await import('../../output/accounts.ts');
  const devices = await listDevices(server.admin, account.userId);
  answer(describeUser(account, devices, context.clock.now(), await style()), { user: account, devices });
}
