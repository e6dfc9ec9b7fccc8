import { type Command, Option } from 'commander';
import type { Deployment } from '../apply/deployment.ts';
import type { Warning } from '../components/warning.ts';
import type { PlannedUpgrade } from '../procedures/upgrade/plan-upgrade.ts';
import type { UpgradeResult } from '../procedures/upgrade/upgrade.ts';
import type { UpgradeWork } from '../procedures/upgrade/work.ts';
import type { LoadedConfig } from '../state/load-config.ts';
import type { PendingUpgrade } from '../state/pending-upgrade.ts';
import { backupProgress } from './backup/progress.ts';
import type { Session } from './command.ts';
import { checkOptions, type HostFlags } from './host-flags.ts';
import type { WaitFlags } from './waiting.ts';

/** Flags of the commands that may change versions. */
export interface VersionFlags extends HostFlags, WaitFlags {
  readonly ack?: readonly string[];
  /** False for --no-backup. */
  readonly backup?: boolean;
  readonly overwriteEdits?: boolean;
}

export function declareVersionFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--ack <notice>', 'acknowledge a notice by its name; can be repeated').argParser(
        (name: string, before: readonly string[] = []) => [...before, name],
      ),
    )
    .option('--no-backup', 'skip the backup before the change')
    .option(
      '--wait <time>',
      'wait up to this time (30m, 1h) for any running command (default: 1h for a backup, otherwise not)',
    );
}

/** A change of versions: by `upgrade`, or by `apply` after an edit. */
export interface VersionChanging {
  readonly command: 'upgrade' | 'apply';
  readonly deployment: Deployment;
  readonly planned: PlannedUpgrade;
  /** The text of matrix.yaml before and after the change. */
  readonly text: PendingUpgrade['text'];
  readonly warnings?: readonly Warning[];
  /** Absent when the host has not been checked yet. */
  readonly uncertainNames?: readonly string[];
}

/** Upgrades, and writes the answer. */
export async function changeVersions(
  session: Session<VersionFlags>,
  { command, deployment, planned, text, warnings = [], ...known }: VersionChanging,
): Promise<void> {
  const { flags } = session;
  const { refusalOf } = await import('../procedures/upgrade/plan-upgrade.ts');
  const { upgrade } = await import('../procedures/upgrade/upgrade.ts');
  const uncertainNames = known.uncertainNames ?? (await checkHost(session, deployment));
  await perform(session, { deployment, warnings }, (work) =>
    upgrade(work, command, {
      ...{ changes: planned.changes, judge: planned.judge, text, uncertainNames },
      makesBackup: flags.backup ?? true,
      overwriteEdits: flags.overwriteEdits ?? false,
      refuse: refusalOf(flags.ack ?? []),
    }),
  );
}

/** Continues an interrupted upgrade, or the interrupted rollback of one, and writes the answer. */
export async function resumeVersions(
  session: Session<VersionFlags>,
  command: VersionChanging['command'],
  { pending, loaded }: { pending: PendingUpgrade; loaded: LoadedConfig },
): Promise<void> {
  const { context, directory, reporter } = session;
  const { openDeployment } = await import('../apply/deployment.ts');
  const { describeChange } = await import('../plan/version-changes.ts');
  const shown = await reporter();
  const change = pending.changes.map(describeChange).join(', ');
  if (pending.phase !== 'switching') {
    shown.say(`Going back from an upgrade (${change}) was interrupted. Continuing.`);
    const { carryOutRollback } = await import('./rollback.ts');
    return carryOutRollback(session, loaded);
  }
  shown.say(`An upgrade (${change}) was interrupted. Continuing.`);
  const { configToResume } = await import('../procedures/upgrade/resume.ts');
  const { resumeUpgrade } = await import('../procedures/upgrade/upgrade.ts');
  const deployment = await openDeployment(context, directory, configToResume(pending, loaded));
  const uncertainNames = await checkHost(session, deployment);
  const overwriteEdits = session.flags.overwriteEdits ?? false;
  await perform(session, { deployment, warnings: [] }, (work) =>
    resumeUpgrade(work, command, pending, { uncertainNames, overwriteEdits }),
  );
}

async function checkHost(
  session: Session<VersionFlags>,
  { directory, config }: Deployment,
): Promise<readonly string[]> {
  const { checkUndisturbed } = await import('../procedures/undisturbed.ts');
  const subject = { directory, config };
  const { uncertainNames } = await checkUndisturbed(subject, session.context, await checkOptions(session));
  return uncertainNames;
}

async function perform(
  session: Session<VersionFlags>,
  { deployment, warnings }: Pick<VersionChanging, 'deployment'> & { warnings: readonly Warning[] },
  action: (work: UpgradeWork) => Promise<UpgradeResult>,
): Promise<void> {
  const { context, directory, reporter, answer, style } = session;
  const { withSteps } = await import('../apply/steps.ts');
  const { verifyDeployment } = await import('../procedures/bring-up.ts');
  const { withdrawFromSight } = await import('../administration/withdraw-tool-account.ts');
  const { describeOutside } = await import('../output/outside.ts');
  const { describeUpgrade } = await import('../output/upgrade.ts');
  const { planToJson } = await import('../plan/plan-text.ts');
  const { endWithFindings } = await import('./command.ts');
  const shown = await reporter();
  const onProgress = await backupProgress(session);
  const { result, steps } = await withSteps(shown.event, (emit) =>
    action({ context, deployment, emit, onProgress }),
  );
  await withdrawFromSight(context, directory);
  const outside = await verifyDeployment(deployment, context, { waits: true });
  const words = await style();
  const { done, ...upgraded } = result;
  answer([...describeUpgrade(result, words), ...describeOutside(outside, words)], {
    upgrade: upgraded,
    changes: planToJson(done),
    ...{ warnings, steps, outside },
  });
  endWithFindings(context, outside);
}
