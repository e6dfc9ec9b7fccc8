import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { declareCommand, inSession, type Session } from './command.ts';

interface ApplyFlags {
  readonly overwriteEdits?: boolean;
  readonly dryRun?: boolean;
}

export function declareApply(program: Command, context: Context): void {
  declareCommand(program, 'apply', 'make what runs into what matrix.yaml says, and prove that it works')
    .option('--overwrite-edits', 'overwrite rendered files that were edited by hand')
    .option('-n, --dry-run', 'only show what would be done, as plan does')
    .action(inSession(context, apply));
}

async function apply(session: Session<ApplyFlags>): Promise<void> {
  const { context, flags, directory, reporter, answer } = session;
  if (flags.dryRun) {
    const { showPlan } = await import('./plan.ts');
    return showPlan({ ...session, flags: {} });
  }
  const { loadConfig } = await import('../config/load.ts');
  const { openDeployment } = await import('../context.ts');
  const { converge } = await import('../apply/converge.ts');
  const { withLock } = await import('../state/run-lock.ts');
  const { isEmpty, planToJson } = await import('../plan/plan.ts');
  const config = await loadConfig(directory);
  const done = await withLock(context, directory, 'apply', async () =>
    converge(await openDeployment(context, directory, config), {
      emit: reporter.event,
      interrupt: context.interrupt,
      overwriteEdits: flags.overwriteEdits ?? false,
    }),
  );
  answer(isEmpty(done) ? ['no changes'] : [`applied; ${config.server_name} serves`], {
    changes: planToJson(done),
  });
}
