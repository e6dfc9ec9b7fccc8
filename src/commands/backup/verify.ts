import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import { openBackups, type TargetFlags, targetOption } from './open-backups.ts';

export function declareVerify(backup: Command, context: Context): void {
  declareCommand(backup, 'verify', 'read a backup back; exit code 8 if it is damaged', {
    'matrix-deploy backup verify': 'the latest one',
    'matrix-deploy backup verify 20261128-041500-3fa9': '',
  })
    .argument('[set]', 'as shown by `backup list` (default: the latest)')
    .option(...targetOption)
    .action((id: string | undefined, flags) =>
      inSession<TargetFlags>('backup verify', context, (session) => verify(session, id))(flags),
    );
}

async function verify(session: Session<TargetFlags>, id: string | undefined): Promise<void> {
  const { context, answer, style } = session;
  const { verifyBackup } = await import('../../procedures/backup/verify-set.ts');
  const { describeVerdict } = await import('../../output/backups.ts');
  const { deployment, opened, note } = await openBackups(session);
  const verdict = await verifyBackup(deployment, context, opened, { id, note });
  answer(describeVerdict(verdict, await style()), verdict);
  if (verdict.state === 'damaged' || verdict.recoveryKeyIsLost) {
    const { ExitCode } = await import('../../errors.ts');
    context.setExitCode(ExitCode.findings);
  }
}
