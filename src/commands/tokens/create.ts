import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import type { NewRegistrationToken } from '../../matrix/tokens.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import type { Examples } from '../examples.ts';
import { openServer } from '../open-server.ts';

interface CreateFlags {
  readonly uses: string;
  readonly expires: string;
  readonly token?: string;
}

const examples: Examples = {
  'matrix-deploy tokens create': 'for one person, valid for a week',
  'matrix-deploy tokens create --uses 20 --expires 2026-12-31': '',
  'matrix-deploy tokens create --token summer-party --expires 12h': '',
};

export function declareCreate(tokens: Command, context: Context): void {
  declareCommand(tokens, 'create', 'create a token, and print how people use it', examples)
    .option('--uses <number>', 'how many people can use it, or unlimited', '1')
    .option('--expires <when>', 'when it expires: 12h, 7d, 2w, a day such as 2026-12-31, or never', '7d')
    .option('--token <text>', 'the token itself (default: one is generated)')
    .action(inSession<CreateFlags>('tokens create', context, create));
}

async function create(session: Session<CreateFlags>): Promise<void> {
  const { context, flags, answer, style } = session;
  const wanted = await parseFlags(context, flags);
  const { createRegistrationToken } = await import('../../administration/tokens.ts');
  const { inviteAnybodyTo } = await import('../../stack/invitation.ts');
  const { describeNewToken } = await import('../../output/tokens.ts');
  const server = await openServer(session);
  const made = await createRegistrationToken(server, wanted);
  const invitation = inviteAnybodyTo(server.stack);
  answer(describeNewToken(made, invitation, await style()), { ...made, ...invitation });
}

/** Parses the flags before the first request to the server. */
async function parseFlags(context: Context, flags: CreateFlags): Promise<NewRegistrationToken> {
  const { checkToken, parseExpiry, parseUses } = await import('../../administration/tokens.ts');
  const { generateInvitation } = await import('../../secrets/generate.ts');
  return {
    token: flags.token === undefined ? generateInvitation(context.random) : checkToken(flags.token),
    uses: parseUses(flags.uses),
    expiresAt: parseExpiry(flags.expires, context.clock.now()),
  };
}
