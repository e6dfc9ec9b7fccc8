import { type Command, Option } from 'commander';
import type { Context } from '../../context.ts';
import type { AccountOrder } from '../../matrix/accounts.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import type { Examples } from '../examples.ts';
import { openServer } from './user-command.ts';

/** By the word for it here, what Synapse sorts by. */
const orders = {
  name: 'name',
  'display-name': 'displayname',
  made: 'creation_ts',
  'last-seen': 'last_seen_ts',
} satisfies Record<string, AccountOrder>;

interface ListFlags {
  readonly sort: keyof typeof orders;
  readonly reverse?: boolean;
  readonly admins?: boolean;
  readonly deactivated?: boolean;
}

const examples: Examples = {
  'matrix-deploy users list': '',
  'matrix-deploy users list --sort last-seen': 'who was here last',
  'matrix-deploy users list smith --admins': 'admins with smith in their name',
};

export function declareList(users: Command, context: Context): void {
  declareCommand(users, 'list', 'who has an account', examples)
    .argument('[text]', 'part of a user ID or of a display name')
    .option('--admins', 'admins only')
    .option('--deactivated', 'also accounts that are deactivated')
    .addOption(new Option('--sort <by>', 'order').choices(Object.keys(orders)).default('name'))
    .option('--reverse', 'the other way round')
    .action((text: string | undefined, flags) =>
      inSession<ListFlags>('users list', context, (session) => list(session, text))(flags),
    );
}

async function list(session: Session<ListFlags>, name: string | undefined): Promise<void> {
  const { context, flags, answer, style } = session;
  const { listUsers } = await import('../../procedures/accounts.ts');
  const { describeUsers } = await import('../../output/accounts.ts');
  const found = await listUsers(await openServer(session), {
    name,
    ...(flags.admins ? { admins: true } : {}),
    order: orders[flags.sort],
    reverse: flags.reverse ?? false,
  });
  const users = found.filter(({ deactivated }) => flags.deactivated || !deactivated);
  answer(describeUsers(users, context.clock.now(), await style()), { users });
}
