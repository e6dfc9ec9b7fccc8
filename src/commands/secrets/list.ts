import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';

export function declareList(secrets: Command, context: Context): void {
  declareCommand(secrets, 'list', 'list the secrets by name, with their uses and ages; never their values', {
    'matrix-deploy secrets list': '',
    'matrix-deploy secrets list --json --quiet': 'for a program',
  }).action(inSession('secrets list', context, list));
}

async function list({ context, directory, answer, style }: Session<object>): Promise<void> {
  const { listSecrets } = await import('../../procedures/secrets.ts');
  const { describeSecrets } = await import('../../output/secrets.ts');
  const secrets = await listSecrets(directory, await context.components());
  answer(describeSecrets(secrets, { now: context.clock.now(), style: await style() }), { secrets });
}
