import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import type { ConfirmHostKey } from '../../procedures/backup/host-key.ts';
import { declareCommand, inSession, type Session } from '../command.ts';

export function declareCheckTarget(backup: Command, context: Context): void {
  declareCommand(backup, 'check-target', 'test a backup target: write, read and delete a small file there', {
    'matrix-deploy backup check-target': 'every target of matrix.yaml',
    'matrix-deploy backup check-target offsite': '',
  })
    .argument('[name]', 'one of backup.targets in matrix.yaml (default: all)')
    .action((name: string | undefined, flags) =>
      inSession<object>('backup check-target', context, (session) => check(session, name))(flags),
    );
}

async function check(session: Session<object>, name: string | undefined): Promise<void> {
  const { context, directory, reporter, answer, style } = session;
  const { loadConfig } = await import('../../state/load-config.ts');
  const { openDeployment } = await import('../../apply/deployment.ts');
  const { checkTargets } = await import('../../procedures/backup/check-target.ts');
  const { targetsOf } = await import('../../procedures/backup/target.ts');
  const { describeChecks } = await import('../../output/backups.ts');
  const loaded = await loadConfig(directory, context);
  const targets = targetsOf({ directory, config: loaded.config }, name);
  const deployment = await openDeployment(context, directory, loaded);
  const { event, stop } = await reporter();
  const { canAsk, askYesNo } = await import('../../output/prompts.ts');
  const confirm: ConfirmHostKey = async ({ host }, fingerprints) => {
    if (!canAsk(context)) return false;
    stop();
    return askYesNo(context, `Are these the host keys of ${host}? ${fingerprints.join(', ')}`);
  };
  const checks = await checkTargets(deployment, context, targets, { emit: event, confirm });
  answer(describeChecks(checks, await style()), { targets: checks });
}
