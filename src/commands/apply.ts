import type { Command } from 'commander';
import type { Emit } from '../apply/events.ts';
import type { Warning } from '../components/warning.ts';
import type { Context } from '../context.ts';
import { declareCommand, endWithFindings, inSession, type Session } from './command.ts';
import { checkOptions, declareHostFlags, type HostFlags, skippedChecks } from './host-flags.ts';

interface ApplyFlags extends HostFlags {
  readonly overwriteEdits?: boolean;
  readonly adopt?: boolean;
  readonly dryRun?: boolean;
}

export function declareApply(program: Command, context: Context): void {
  declareHostFlags(
    declareCommand(program, 'apply', 'make what runs into what matrix.yaml says, and prove that it works', {
      'matrix-deploy apply': 'after an edit of matrix.yaml',
      'matrix-deploy apply --dry-run': 'only shows what it would do',
    }),
  )
    .option('--overwrite-edits', 'overwrite rendered files that were edited by hand')
    .option(
      '--adopt',
      "take data and keys that are not those of before for this server's own, as after a restore from a dump",
    )
    .option('-n, --dry-run', 'only show what would be done, as plan does')
    .action(inSession('apply', context, apply));
}

async function apply(session: Session<ApplyFlags>): Promise<void> {
  const { flags, answer } = session;
  await skippedChecks(flags);
  if (flags.dryRun) {
    const { showPlan } = await import('./plan.ts');
    return showPlan({ ...session, flags: { adopt: flags.adopt ?? false } });
  }
  if (!flags.adopt && (await hasNothingToDo(session))) {
    return answer(['no changes'], { changes: [], steps: [] });
  }
  return convergeDeployment(session);
}

async function hasNothingToDo({ context, directory }: Session<ApplyFlags>): Promise<boolean> {
  const { isSettled } = await import('../state/settled.ts');
  const { version } = await import('../package.ts');
  return isSettled(directory, version(), {
    engine: await context.watchEngine(),
    now: context.clock.now(),
  });
}

async function convergeDeployment(session: Session<ApplyFlags>): Promise<void> {
  const { context, flags, directory, reporter, style, answer } = session;
  const { loadConfig } = await import('../config/load.ts');
  const { openDeployment } = await import('../context.ts');
  const { bringUp, verifyDeployment } = await import('../procedures/bring-up.ts');
  const { withSteps } = await import('../apply/steps.ts');
  const { withdrawFromSight } = await import('../procedures/withdraw-tool-account.ts');
  const { describeOutside } = await import('../output/outside.ts');
  const { changeDeployment, checkUndisturbed } = await import('../procedures/change-deployment.ts');
  const { describeWarning, findWarnings, warningsOfPlan } = await import('../procedures/warn.ts');
  const { isEmpty, planToJson } = await import('../plan/plan.ts');
  const loaded = await loadConfig(directory);
  const subject = { directory, config: loaded.config };
  const { uncertainNames } = await checkUndisturbed(subject, context, await checkOptions(session));
  const { event } = await reporter();
  const warnings: Warning[] = [];
  const warn = (found: readonly Warning[], emit: Emit) => {
    for (const warning of found) {
      warnings.push(warning);
      emit({ type: 'note', text: describeWarning(warning) });
    }
  };
  warn(await findWarnings(loaded.config, context), event);
  const opened = await openDeployment(context, directory, loaded);
  const deployment = { ...opened, adopts: flags.adopt ?? false };
  const { result: done, steps } = await withSteps(event, (tell) =>
    changeDeployment(
      context,
      deployment,
      'apply',
      (emit) =>
        bringUp(deployment, {
          uncertainNames,
          emit,
          interrupt: context.interrupt,
          overwriteEdits: flags.overwriteEdits ?? false,
          onPlanned: async (planned) => warn(await warningsOfPlan(planned, context), emit),
        }),
      tell,
    ),
  );
  if (!isEmpty(done)) {
    await withdrawFromSight(context, directory);
  }
  const outside = await verifyDeployment(deployment, context);
  const text = isEmpty(done) ? 'no changes' : `applied; ${loaded.config.server_name} serves`;
  answer([text, ...describeOutside(outside, await style())], {
    changes: planToJson(done),
    warnings,
    steps,
    outside,
  });
  endWithFindings(context, outside);
}
