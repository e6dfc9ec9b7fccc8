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
  const { changeDeployment } = await import('../../procedures/change-deployment.ts');
  const { forEachTarget, throwFirst } = await import('../../procedures/backup/each-target.ts');
  const { pruneTarget } = await import('../../procedures/backup/prune.ts');
  const { describeRemoved } = await import('../../output/backups.ts');
  const { deployment, opened, note } = await openBackups(session);
  const pruned = await changeDeployment(context, deployment, 'backup prune', () =>
    forEachTarget(
      opened.targets,
      async (target) => {
        await target.repository.unlockOurs();
        return pruneTarget(deployment, target, { isThorough: true, note });
      },
      { note, told: describeRemoved },
    ),
  );
  const removed = pruned.flat();
  answer([describeRemoved(removed)], { removed });
  throwFirst(
    opened.failures.map(({ error }) => error),
    note,
  );
}
