import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import { openBackups, type TargetFlags, targetOption } from './open-backups.ts';

export function declarePrune(backup: Command, context: Context): void {
  declareCommand(
    backup,
    'prune',
    'delete the backups that backup.keep does not keep; every backup ends with this',
    {
      'matrix-deploy backup prune': '',
    },
  )
    .option(...targetOption)
    .action(inSession('backup prune', context, prune));
}

async function prune(session: Session<TargetFlags>): Promise<void> {
  const { context, answer } = session;
  const { throwFirst } = await import('../../procedures/backup/each-target.ts');
  const { pruneTargets } = await import('../../procedures/backup/prune.ts');
  const { describeRemoved } = await import('../../output/backups.ts');
  const { deployment, opened, note } = await openBackups(session);
  const removed = await pruneTargets(deployment, context, opened.targets, { note, told: describeRemoved });
  answer([describeRemoved(removed)], { removed });
  throwFirst(
    opened.failures.map(({ error }) => error),
    note,
  );
}
