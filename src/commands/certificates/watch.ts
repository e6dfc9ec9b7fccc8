import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';

interface WatchFlags {
  readonly remove?: boolean;
}

export function declareWatch(certificates: Command, context: Context): void {
  declareCommand(
    certificates,
    'watch',
    'let systemd serve every renewal of the files of traefik.certificates',
    {
      'matrix-deploy certificates watch': '',
      'matrix-deploy certificates watch --remove': '',
    },
  )
    .option('--remove', 'stop watching them')
    .action(inSession('certificates watch', context, watch));
}

async function watch({ context, flags, directory, style, answer }: Session<WatchFlags>): Promise<void> {
  const { loadConfig } = await import('../../state/load-config.ts');
  const { makeWatch, removeWatch } = await import('../../procedures/certificates/watch.ts');
  const { describeRemovedWatch, describeWatch } = await import('../../output/schedule.ts');
  const subject = { directory, config: (await loadConfig(directory, context)).config };
  if (flags.remove) {
    const removed = await removeWatch(subject, context);
    answer(describeRemovedWatch(removed), { removed: removed ?? null });
    return;
  }
  const made = await makeWatch(subject, context);
  answer(describeWatch(made, await style()), made);
}
