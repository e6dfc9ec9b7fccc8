import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import { openServer } from '../open-server.ts';

interface ListFlags {
  readonly good?: boolean;
}

export function declareList(tokens: Command, context: Context): void {
  declareCommand(tokens, 'list', 'list the tokens, with their uses and expiry', {
    'matrix-deploy tokens list': '',
    'matrix-deploy tokens list --good': 'without used-up and expired tokens',
  })
    .option('--good', 'only tokens that are still valid')
    .action(inSession<ListFlags>('tokens list', context, list));
}

async function list(session: Session<ListFlags>): Promise<void> {
  const { context, flags, answer, style } = session;
  const { listRegistrationTokens } = await import('../../administration/tokens.ts');
  const { describeTokens } = await import('../../output/tokens.ts');
  const found = await listRegistrationTokens(await openServer(session), context.clock.now());
  const tokens = found.tokens.filter(({ state }) => !flags.good || state === 'good');
  answer(describeTokens(tokens, found.isOpen, await style()), {
    registration: found.isOpen ? 'token' : 'closed',
    tokens,
  });
}
