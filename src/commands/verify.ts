import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { declareCommand, endWithFindings, inSession, type Session } from './command.ts';

export function declareVerify(program: Command, context: Context): void {
  declareCommand(
    program,
    'verify',
    'ask the server by name, as the internet does; ends with 8 when something is wrong',
    {
      'matrix-deploy verify': '',
      'matrix-deploy verify --json --quiet': 'for a program',
    },
  ).action(inSession('verify', context, verify));
}

async function verify({ context, directory, style, answer }: Session<object>): Promise<void> {
  const { loadConfig } = await import('../config/load.ts');
  const { verifyDeployment } = await import('../procedures/bring-up.ts');
  const { describeOutside } = await import('../output/outside.ts');
  const { config } = await loadConfig(directory);
  const findings = await verifyDeployment({ directory, config }, context);
  answer(describeOutside(findings, await style()), { findings });
  endWithFindings(context, findings);
}
