import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import { openBackups, type TargetFlags, targetOption } from './open-backups.ts';

export function declarePrune(backup: Command, context: Context): void {
  declareCommand(
    backup,
    'prune',
    'remove the backups that backup.keep does not keep; every backup ends with it',
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
  const { pruneTarget } = await import('../../procedures/backup/prune.ts');
  const { describeRemoved } = await import('../../output/backups.ts');
  const { deployment, targets, note } = await openBackups(session);
  const removed = await changeDeployment(context, deployment, 'backup prune', async () => {
    const gone: string[] = [];
    for (const target of targets) {
      await target.repository.unlockOurs();
      gone.push(...(await pruneTarget(deployment, target, note)));
    }
    return gone;
  });
  answer([describeRemoved(removed)], { removed });
}
