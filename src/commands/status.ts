import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { declareCommand, inSession, type Session } from './command.ts';

export function declareStatus(program: Command, context: Context): void {
  declareCommand(program, 'status', 'show how every service is; ends with 8 when something is wrong', {
    'matrix-deploy status': '',
    'matrix-deploy status --json --quiet': 'for a program',
  }).action(inSession('status', context, status));
}

async function status({ context, directory, style, answer }: Session<object>): Promise<void> {
  const { loadConfig } = await import('../config/load.ts');
  const { planDeployment } = await import('../apply/deployment.ts');
  const { verifyStack } = await import('../apply/verify.ts');
  const { describeStatus } = await import('../output/status.ts');
  const { config } = await loadConfig(directory);
  const engine = await context.connectEngine();
  const { plan, desired, observed } = await planDeployment({ directory, config, engine });
  const services = await verifyStack({ directory, engine }, desired.stack, observed);
  const healthy = services.every((service) => service.healthy);
  const report = { serverName: config.server_name, healthy, pendingChanges: plan.length, services };
  answer(describeStatus(report, await style()), report);
  if (!healthy) {
    const { ExitCode } = await import('../errors.ts');
    context.setExitCode(ExitCode.findings);
  }
}
