import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import { requireConfirmation } from '../confirmation.ts';
import { openBackups, type TargetFlags, targetOption } from './open-backups.ts';

interface ForgetFlags extends TargetFlags {
  readonly confirm?: string;
}

export function declareForget(backup: Command, context: Context): void {
  declareCommand(backup, 'forget', 'delete a backup permanently', {
    'matrix-deploy backup forget 20261128-041500-3fa9': 'asks for the name',
  })
    .argument('<set>', 'as shown by `backup list`')
    .option(...targetOption)
    .option('--confirm <set>', 'the same ID again, to delete it without a prompt')
    .action((id: string, flags) =>
      inSession<ForgetFlags>('backup forget', context, (session) => forget(session, id))(flags),
    );
}

async function forget(session: Session<ForgetFlags>, id: string): Promise<void> {
  const { context, flags, answer } = session;
  const { findSet, forgetBackup, refuseNeeded } = await import('../../procedures/backup/sets.ts');
  const { deployment, opened, note } = await openBackups(session);
  const { set, sets } = await findSet(deployment, opened, { id, note });
  refuseNeeded(set, sets);
  await requireConfirmation(context, flags.confirm, {
    message: `The backup ${id} will be deleted, and cannot be restored.`,
    subject: 'the backup',
    name: id,
    hint: 'Nothing was deleted.',
  });
  await forgetBackup(deployment, context, opened, { id, note });
  answer([`The backup ${id} is deleted.`], { set: id, target: set.target, deleted: true });
}
