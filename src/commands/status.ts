import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { declareCommand, inSession, type Session } from './command.ts';

export function declareStatus(program: Command, context: Context): void {
  declareCommand(program, 'status', 'show the health of every service; exit code 8 if something is wrong', {
    'matrix-deploy status': '',
    'matrix-deploy status --json --quiet': 'for a program',
  }).action(inSession('status', context, status));
}

async function status({ context, directory, style, answer }: Session<object>): Promise<void> {
  const { readStatus } = await import('../procedures/status/status.ts');
  const { describeStatus } = await import('../output/status.ts');
  const report = await readStatus(directory, context);
  answer(describeStatus(report, await style()), report);
  if (!report.healthy) {
    const { ExitCode } = await import('../errors.ts');
    context.setExitCode(ExitCode.findings);
  }
}
