import type { Command } from 'commander';
import type { Deployment } from '../apply/deployment.ts';
import type { Warning } from '../components/warning.ts';
import type { Context } from '../context.ts';
import type { Emit } from '../plan/events.ts';
import type { PlannedUpgrade } from '../procedures/upgrade/plan-upgrade.ts';
import { changeVersions, declareVersionFlags, resumeVersions, type VersionFlags } from './change-versions.ts';
import { declareCommand, endWithFindings, inSession, type Session } from './command.ts';
import { hasNothingToDo } from './has-nothing-to-do.ts';
import { checkOptions, declareHostFlags, skippedChecks } from './host-flags.ts';
import { afterBackups, patienceOf } from './waiting.ts';

interface ApplyFlags extends VersionFlags {
  readonly adopt?: boolean;
  readonly dryRun?: boolean;
}

export function declareApply(program: Command, context: Context): void {
  const command = declareHostFlags(
    declareCommand(
      program,
      'apply',
      'make the running services match matrix.yaml, and verify that they work',
      {
        'matrix-deploy apply': 'after an edit of matrix.yaml',
        'matrix-deploy apply --dry-run': 'only shows what it would do',
      },
    ),
  );
  declareVersionFlags(command)
    .option('--overwrite-edits', 'overwrite rendered files that were edited by hand')
    .option(
      '--adopt',
      'accept data and keys that differ from the recorded ones, as after a restore from a dump',
    )
    .option('-n, --dry-run', 'only show what would be done, like plan')
    .action(inSession('apply', context, apply));
}

async function apply(session: Session<ApplyFlags>): Promise<void> {
  const { flags, answer } = session;
  await skippedChecks(flags);
  const patience = await patienceOf(flags);
  if (flags.dryRun) {
    const { showPlan } = await import('./plan.ts');
    return showPlan({ ...session, flags: { adopt: flags.adopt ?? false } });
  }
  if (!flags.adopt && (await hasNothingToDo(session))) {
    return answer(['no changes'], { changes: [], steps: [] });
  }
  return afterBackups(session, () => convergeDeployment(session), patience);
}

async function convergeDeployment(session: Session<ApplyFlags>): Promise<void> {
  const { context, flags, directory, reporter, style, answer } = session;
  const { openDeployment } = await import('../apply/deployment.ts');
  const { applySettings } = await import('../procedures/apply.ts');
  const { verifyDeployment } = await import('../procedures/bring-up.ts');
  const { withSteps } = await import('../apply/steps.ts');
  const { withdrawFromSight } = await import('../administration/withdraw-tool-account.ts');
  const { describeOutside } = await import('../output/outside.ts');
  const { checkUndisturbed, loadUndisturbed } = await import('../procedures/undisturbed.ts');
  const { describeWarning, findWarnings, warningsOfPlan } = await import('../procedures/warn.ts');
  const { isEmpty } = await import('../plan/plan.ts');
  const { planToJson } = await import('../plan/plan-text.ts');
  const { isCutOff, readPendingUpgrade } = await import('../state/pending-upgrade.ts');
  const loaded = await loadUndisturbed(directory, context);
  const pending = await readPendingUpgrade(directory);
  if (pending !== undefined && isCutOff(pending)) {
    return resumeVersions(session, 'apply', { pending, loaded });
  }
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
  const upgrade = await findUpgrade(session, deployment);
  if (upgrade !== undefined) {
    warn(await warningsOfPlan(upgrade.planned, context), event);
    const text = { before: loaded.text, after: loaded.text };
    const changing = { deployment, planned: upgrade, text, warnings, uncertainNames };
    return changeVersions(session, { command: 'apply', ...changing });
  }
  const { result: done, steps } = await withSteps(event, (emit) =>
    applySettings(context, deployment, {
      ...{ uncertainNames, emit, overwriteEdits: flags.overwriteEdits ?? false },
      onWarnings: warn,
    }),
  );
  if (!isEmpty(done)) {
    await withdrawFromSight(context, directory);
  }
  const outside = await verifyDeployment(deployment, context, { waits: !isEmpty(done) });
  const text = isEmpty(done) ? 'no changes' : `applied; ${loaded.config.server_name} serves`;
  answer([text, ...describeOutside(outside, await style())], {
    changes: planToJson(done),
    warnings,
    steps,
    outside,
  });
  endWithFindings(context, outside);
}

/** The upgrade after an edit of an image; `undefined` when no image was edited, or when nothing has served yet. */
async function findUpgrade(
  { context, flags, reporter }: Session<ApplyFlags>,
  deployment: Deployment,
): Promise<PlannedUpgrade | undefined> {
  const { namesOtherImages } = await import('../procedures/upgrade/named-images.ts');
  if (!(await namesOtherImages(deployment.directory, deployment.config))) return undefined;
  const { planUpgrade, refusalOf, refuseUnknownNotices } = await import(
    '../procedures/upgrade/plan-upgrade.ts'
  );
  const { planDeployment } = await import('../apply/deployment.ts');
  const { describePlannedUpgrade } = await import('../output/upgrade.ts');
  const { knownReleases } = await import('../procedures/releases/known.ts');
  const { document } = await knownReleases(deployment.directory, context);
  const planned = await planUpgrade(deployment, await planDeployment(deployment), document);
  if (planned.changes.length === 0) return undefined;
  refuseUnknownNotices(flags.ack ?? [], document);
  const { say } = await reporter();
  say('This changes the image of a service, so it is an upgrade:');
  describePlannedUpgrade(planned, { makesBackup: flags.backup ?? true }).forEach(say);
  refusalOf(flags.ack ?? [])(planned.notices);
  return planned;
}
