import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { declareCommand, inSession, type Session } from './command.ts';

export function declareHistory(program: Command, context: Context): void {
  declareCommand(program, 'history', 'list the upgrades of this server and their results', {
    'matrix-deploy history': '',
    'matrix-deploy history --json --quiet': 'for a program',
  }).action(inSession('history', context, run));
}

async function run({ context, directory, answer, style }: Session<object>): Promise<void> {
  const { readUpgrades } = await import('../state/upgrades.ts');
  const { loadConfig } = await import('../state/load-config.ts');
  const { describeHistory } = await import('../output/upgrade.ts');
  // Without a deployment this is an error, and not an empty history.
  await loadConfig(directory, context);
  const upgrades = await readUpgrades(directory);
  answer(describeHistory(upgrades, await style()), { upgrades });
}
