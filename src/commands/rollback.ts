import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { LoadedConfig } from '../state/load-config.ts';
import { declareCommand, inSession, type Session } from './command.ts';
import { agree } from './confirmation.ts';
import { afterBackups } from './waiting.ts';

interface RollbackFlags {
  readonly yes?: boolean;
}

export function declareRollback(program: Command, context: Context): void {
  declareCommand(program, 'rollback', 'go back to the version before the last upgrade', {
    'matrix-deploy rollback': 'says what would be lost, and prompts',
    'matrix-deploy rollback --yes': 'without a prompt',
  })
    .option('-y, --yes', 'do not prompt')
    .action(inSession<RollbackFlags>('rollback', context, run));
}

async function run(session: Session<RollbackFlags>): Promise<void> {
  const { loadUndisturbed } = await import('../procedures/undisturbed.ts');
  await afterBackups(session, async () => {
    const loaded = await loadUndisturbed(session.directory, session.context);
    await carryOutRollback(session, loaded);
  });
}

/** Rolls the last upgrade back, and writes the answer. */
export async function carryOutRollback(session: Session<RollbackFlags>, loaded: LoadedConfig): Promise<void> {
  const { context, directory, reporter, answer, style } = session;
  const { openDeployment } = await import('../apply/deployment.ts');
  const { planUpgradeRollback, rollBackUpgrade } = await import('../procedures/upgrade/rollback.ts');
  const { describePlannedRollback, describeRollback } = await import('../output/upgrade.ts');
  const { withdrawFromSight } = await import('../administration/withdraw-tool-account.ts');
  const deployment = await openDeployment(context, directory, loaded);
  const planned = await planUpgradeRollback({ deployment });
  const shown = await reporter();
  await agree(session, describePlannedRollback(planned), 'Go back?');
  const work = { context, deployment, emit: shown.event, onProgress: () => {} };
  const result = await rollBackUpgrade(work, planned);
  await withdrawFromSight(context, directory);
  answer(describeRollback(result, await style()), result);
}
