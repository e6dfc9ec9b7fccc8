import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import { openBackups, type TargetFlags, targetOption } from './open-backups.ts';

export function declareList(backup: Command, context: Context): void {
  declareCommand(backup, 'list', 'the backups that there are, and what is known of each', {
    'matrix-deploy backup list': '',
    'matrix-deploy backup list --json --quiet': 'for a program',
  })
    .option(...targetOption)
    .action(inSession('backup list', context, list));
}

async function list(session: Session<TargetFlags>): Promise<void> {
  const { listSets } = await import('../../procedures/backup/sets.ts');
  const { describeSets } = await import('../../output/backups.ts');
  const { deployment, targets } = await openBackups(session);
  const sets = await listSets(deployment, targets);
  session.answer(describeSets(sets, await session.style()), { sets });
}
