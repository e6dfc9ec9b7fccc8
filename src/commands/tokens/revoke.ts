import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import { openServer } from '../open-server.ts';

export function declareRevoke(tokens: Command, context: Context): void {
  declareCommand(tokens, 'revoke', 'revoke a token; accounts registered with it stay', {
    'matrix-deploy tokens revoke vKcd-Rn4t-Hq8e-WzYp': '',
  })
    .argument('<token>', 'as shown by `tokens list`')
    .action((token: string, flags) =>
      inSession<object>('tokens revoke', context, (session) => revoke(session, token))(flags),
    );
}

async function revoke(session: Session<object>, token: string): Promise<void> {
  const { revokeRegistrationToken } = await import('../../administration/tokens.ts');
  await revokeRegistrationToken(await openServer(session), token);
  session.answer([`The token ${token} is revoked.`], { token, revoked: true });
}
