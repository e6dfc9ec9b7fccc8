import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import { openBackups, type TargetFlags, targetOption } from './open-backups.ts';

export function declareList(backup: Command, context: Context): void {
  declareCommand(backup, 'list', 'list the backups and their state', {
    'matrix-deploy backup list': '',
    'matrix-deploy backup list --json --quiet': 'for a program',
  })
    .option(...targetOption)
    .action(inSession('backup list', context, list));
}

async function list(session: Session<TargetFlags>): Promise<void> {
  const { listSets } = await import('../../procedures/backup/sets.ts');
  const { throwFirst } = await import('../../procedures/backup/each-target.ts');
  const { describeSets } = await import('../../output/backups.ts');
  const { deployment, opened, note } = await openBackups(session);
  const { sets, failures } = await listSets(deployment, opened);
  session.answer(describeSets({ sets, isWhole: failures.length === 0 }, await session.style()), {
    sets,
    failures: failures.map(({ error: { code, message }, ...place }) => ({ ...place, code, message })),
  });
  // The list above is correct, even when a target has failed.
  throwFirst(
    failures.map(({ error }) => error),
    note,
  );
}
