import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { declareCommand, inSession, type Session } from './command.ts';

export function declareUpgrade(program: Command, context: Context): void {
  declareCommand(program, 'upgrade', 'see which newer versions there are', {
    'matrix-deploy upgrade --check': 'changes nothing',
    'matrix-deploy upgrade --check --json --quiet': 'for a program',
  })
    .requiredOption('--check', 'only look; ends with 6 when something is newer')
    .action(inSession('upgrade', context, check));
}

async function check({ context, directory, style, answer }: Session<object>): Promise<void> {
  const { checkUpgrade } = await import('../procedures/upgrade/check.ts');
  const { describeCheck } = await import('../output/upgrade-check.ts');
  const { ExitCode } = await import('../errors.ts');
  const result = await checkUpgrade(directory, context);
  answer(describeCheck(result, await style()), result);
  if (result.isDue) {
    context.setExitCode(ExitCode.pending);
  } else if (result.parts.some(({ trouble }) => trouble !== null)) {
    context.setExitCode(ExitCode.failed);
  }
}
