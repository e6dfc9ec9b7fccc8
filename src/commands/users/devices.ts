import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareUserCommand, tableFor, type UserSession } from './user-command.ts';

interface LogOutFlags {
  readonly device?: string;
  readonly all?: boolean;
}

export function declareDevices(users: Command, context: Context): void {
  declareUserCommand(
    users,
    context,
    {
      name: 'devices',
      summary: 'list the devices where a user is logged in',
      examples: { 'matrix-deploy users devices bob': '' },
    },
    devices,
  );
  const ending = {
    name: 'log-out',
    summary: 'log a user out on a device, or on all of them',
    examples: {
      'matrix-deploy users log-out bob --all': 'everywhere',
      'matrix-deploy users log-out bob --device ABCDEFGHIJ': 'one device',
    },
  };
  declareUserCommand<LogOutFlags>(users, context, ending, logOut)
    .option('--device <id>', 'one device, by its ID as shown by `users devices`')
    .option('--all', 'every device');
}

async function devices(session: UserSession<object>): Promise<void> {
  const { server, account, answer } = session;
  const { listDevices } = await import('../../matrix/accounts.ts');
  const { describeDevices } = await import('../../output/accounts.ts');
  const found = await listDevices(server.admin, account.userId);
  answer(describeDevices(found, await tableFor(session)), { devices: found });
}

async function logOut({ flags, server, account, answer }: UserSession<LogOutFlags>): Promise<void> {
  if ((flags.device === undefined) === (flags.all !== true)) {
    const { UsageError } = await import('../../errors.ts');
    throw new UsageError('the device is missing', {
      code: 'usage.device',
      hint: 'Add --device <id> or --all.',
    });
  }
  const procedure = await import('../../administration/accounts.ts');
  const ended = await procedure.logOut(server, account, flags.device);
  const text =
    ended.length === 0 ? 'No changes: the user is logged in nowhere.' : `Logged out on ${ended.length}.`;
  answer([text], { userId: account.userId, devices: ended.map(({ id }) => id) });
}
