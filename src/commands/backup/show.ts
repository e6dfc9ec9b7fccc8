import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import { openBackups, type TargetFlags, targetOption } from './open-backups.ts';

export function declareShow(backup: Command, context: Context): void {
  declareCommand(
    backup,
    'show',
    'show what a backup contains: parts, sizes, rows, images, and what it leaves out',
    {
      'matrix-deploy backup show': 'the latest one',
      'matrix-deploy backup show 20261128-041500-3fa9': '',
    },
  )
    .argument('[set]', 'as shown by `backup list` (default: the latest)')
    .option(...targetOption)
    .action((id: string | undefined, flags) =>
      inSession<TargetFlags>('backup show', context, (session) => show(session, id))(flags),
    );
}

async function show(session: Session<TargetFlags>, id: string | undefined): Promise<void> {
  const { findSet } = await import('../../procedures/backup/sets.ts');
  const { readManifest } = await import('../../procedures/backup/listing.ts');
  const { describeSet } = await import('../../output/backups.ts');
  const { deployment, opened, note } = await openBackups(session);
  const { set, target } = await findSet(deployment, opened, { id, note });
  const manifest = await readManifest(target, set.id);
  session.answer(describeSet(set, manifest, await session.style()), { set, manifest });
}
