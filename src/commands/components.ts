import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { declareCommand, inSession, type Session } from './command.ts';

export function declareComponents(program: Command, context: Context): void {
  declareCommand(
    program,
    'components',
    'list what a server can consist of, what each part costs, and how to turn it on',
    {
      'matrix-deploy components': '',
      'matrix-deploy components --json --quiet': 'for a program',
    },
  ).action(inSession('components', context, run));
}

async function run({ context, directory, answer, style }: Session<object>): Promise<void> {
  const { loadConfig } = await import('../state/load-config.ts');
  const { listComponents } = await import('../stack/list-components.ts');
  const { describeComponentList } = await import('../output/components.ts');
  const { config } = await loadConfig(directory, context);
  const components = listComponents(config);
  answer(describeComponentList(components, await style()), { components });
}
