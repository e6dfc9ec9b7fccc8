import { type Command, Option } from 'commander';
import type { UserOrder } from '../../administration/list-users.ts';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import type { Examples } from '../examples.ts';
import { openServer } from '../open-server.ts';
import { tableFor } from './user-command.ts';

const orders: readonly UserOrder[] = ['name', 'display-name', 'made', 'last-seen', 'media', 'devices'];

interface ListFlags {
  readonly sort: UserOrder;
  readonly reverse?: boolean;
  readonly admins?: boolean;
  readonly locked?: boolean;
  readonly deactivated?: boolean;
  readonly all?: boolean;
  readonly devices?: boolean;
}

const examples: Examples = {
  'matrix-deploy users list': 'everybody',
  'matrix-deploy users list smith --admins': 'admins with smith in their name',
  'matrix-deploy users list --sort last-seen': 'latest activity first',
  'matrix-deploy users list --sort media': 'largest uploads first',
};

export function declareList(users: Command, context: Context): void {
  declareCommand(users, 'list', 'list the accounts', examples)
    .argument('[text]', 'part of a user ID or of a display name')
    .option('--admins', 'only admins')
    .option('--locked', 'only accounts that are locked')
    .option('--deactivated', 'only accounts that are deactivated')
    .addOption(new Option('--all', 'also accounts that are deactivated').conflicts('deactivated'))
    .option('--devices', 'also count devices; slow on a large server')
    .addOption(
      new Option('--sort <by>', 'sort order; latest or largest first').choices(orders).default('name'),
    )
    .option('--reverse', 'reverse order')
    .action((text: string | undefined, flags) =>
      inSession<ListFlags>('users list', context, (session) => list(session, text))(flags),
    );
}

async function list(session: Session<ListFlags>, text: string | undefined): Promise<void> {
  const { flags, answer } = session;
  const { listUsers, sortUsers } = await import('../../administration/list-users.ts');
  const { describeUsers } = await import('../../output/accounts.ts');
  const found = await listUsers(await openServer(session), {
    text,
    onlyAdmins: flags.admins ?? false,
    onlyLocked: flags.locked ?? false,
    deactivated: deactivatedOf(flags),
    countDevices: flags.devices || flags.sort === 'devices',
  });
  const users = sortUsers(found, flags.sort, flags.reverse);
  answer(describeUsers(users, await tableFor(session)), { users });
}

function deactivatedOf({ deactivated, all }: ListFlags): 'none' | 'all' | 'only' {
  if (deactivated) {
    return 'only';
  }
  return all ? 'all' : 'none';
}
