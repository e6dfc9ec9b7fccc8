import { rm } from 'node:fs/promises';
import { PreflightError, UnhealthyError, UserError } from '../errors.ts';
import { ensureDirectory } from '../host/files.ts';
import { layout, modes } from '../layout.ts';
import type { Emit } from '../plan/events.ts';
import { refuseUntransferred } from '../plan/other-release.ts';
import { acquisitions, isEmpty, overwrittenFiles, type Plan, unfinished } from '../plan/plan.ts';
import { planToLines } from '../plan/plan-text.ts';
import { remainingProbes } from '../plan/probes.ts';
import { describeChange, versionChanges } from '../plan/version-changes.ts';
import { markFirstRun } from '../state/first-run.ts';
import { recordFormat } from '../state/format.ts';
import { readRecord, writeRecord } from '../state/records.ts';
import { prolongPredecessors } from '../state/rotation.ts';
import type { BeforeAdmission } from './admit.ts';
import { type Deployment, inDirectory, type PlannedDeployment, planDeployment } from './deployment.ts';
import { createEffects } from './effects.ts';
import { execute } from './execute.ts';
import { recordConvergedState } from './record-converged.ts';
import { rollBack } from './roll-back.ts';

export interface ConvergeOptions {
  readonly emit: Emit;
  /** Fires when the operator interrupts the run. Operations that have begun are finished. */
  readonly interrupt: AbortSignal;
  /** Whether files that were edited by hand may be overwritten. */
  readonly overwriteEdits: boolean;
  /**
   * True for an upgrade and for its rollback. Any other caller may not change the image of a service that has served.
   */
  readonly changesVersions?: boolean;
  /** Paths of the data that was transferred to the wanted major version. */
  readonly transferred?: readonly string[];
  /** A check beyond the probes of the gate, before a service is let in. */
  readonly beforeAdmission?: BeforeAdmission;
  /** Called when a service has failed, before the rollback. */
  onUnhealthy?(): Promise<void>;
  /**
   * Called when a service has failed. True if the caller itself decides about a rollback; then `converge` does none.
   */
  leavesWayBack?(): boolean;
  /** Called with the plan, before anything is changed. */
  onPlanned?(planned: PlannedDeployment): Promise<void>;
}

/**
 * Makes the running services match the configuration, and verifies that they work. Pulls all images first: no running
 * service is touched before all images are present, and only a pull shows the digests that the rendered files
 * contain.
 *
 * @returns the operations that were carried out; empty when nothing had to change.
 * @throws UnhealthyError when a service did not become healthy. The version that served before, if any, has been
 *   brought back by then, unless `leavesWayBack` returns true.
 */
export async function converge(deployment: Deployment, options: ConvergeOptions): Promise<Plan> {
  await prolongPredecessors(deployment.directory, deployment.clock.now());
  const seen = await planDeployment(deployment);
  refuseOverwriting(seen.plan, options);
  if (!options.changesVersions) refuseVersionChanges(seen);
  refuseUntransferred(seen.desired.stack, seen.observed, options.transferred ?? []);
  await options.onPlanned?.(seen);
  if (isEmpty(seen.plan)) {
    await settle(deployment, seen, options);
    return [];
  }
  const first = await endJobs(deployment, seen);
  const acquired = acquisitions(first.plan);
  const planned = isEmpty(acquired) ? first : await acquire(deployment, first, acquired, options);
  await recordFormat(deployment.directory);
  await recordLock(deployment, planned);
  if (!planned.observed.isInstalled) {
    await markFirstRun(deployment.directory);
  }
  await recordUnread(deployment, planned.plan);
  await carryOut(deployment, planned, options);
  await rm(inDirectory(deployment, layout.unread), { force: true });
  await settle(deployment, await seeApplied(deployment, planned), options);
  return [...acquired, ...planned.plan];
}

/** Removes one-off containers that earlier runs have left running. @returns a plan that does not rely on them */
async function endJobs(deployment: Deployment, seen: PlannedDeployment): Promise<PlannedDeployment> {
  const { engine } = deployment;
  const { project } = seen.desired.stack;
  const isAtWork = await engine.hasJob(project);
  await engine.removeJobs(project);
  return isAtWork ? planDeployment(deployment) : seen;
}

/** Carries out the operations that the rest of the plan depends on, above all pulls. Touches no running service. */
export async function acquireImages(
  deployment: Deployment,
  options: Pick<ConvergeOptions, 'emit' | 'interrupt' | 'overwriteEdits'>,
): Promise<PlannedDeployment> {
  const seen = await planDeployment(deployment);
  refuseOverwriting(seen.plan, options);
  const acquired = acquisitions(seen.plan);
  const planned = isEmpty(acquired) ? seen : await acquire(deployment, seen, acquired, options);
  await recordLock(deployment, planned);
  return planned;
}

async function acquire(
  deployment: Deployment,
  { desired, observed }: PlannedDeployment,
  acquired: Plan,
  options: Pick<ConvergeOptions, 'emit' | 'interrupt' | 'overwriteEdits'>,
): Promise<PlannedDeployment> {
  await perform(deployment, { desired, observed, plan: acquired }, options);
  const planned = await planDeployment(deployment);
  refuseOverwriting(planned.plan, options);
  return planned;
}

async function carryOut(
  deployment: Deployment,
  planned: PlannedDeployment,
  options: ConvergeOptions,
  mayBeginAgain = true,
): Promise<void> {
  try {
    await perform(deployment, planned, options);
  } catch (error) {
    if (!(error instanceof UnhealthyError)) throw error;
    await options.onUnhealthy?.();
    if (options.leavesWayBack?.()) throw error;
    const failure = await rollBack(deployment, planned, error, options.emit);
    // A crash, a restart or a kill has interrupted the first set-up. The service is stopped now.
    if (!error.isCutOff || planned.observed.isInstalled || !mayBeginAgain) throw failure;
    options.emit({ type: 'note', text: `${error.message}; starting it again` });
    await carryOut(deployment, await planDeployment(deployment), options, false);
  }
}

/**
 * Observes the host again: even when every step has succeeded, the result may differ from the plan.
 *
 * @returns the state observed now, with the plan that led to it
 * @throws UserError that lists the operations that are still necessary
 */
async function seeApplied(deployment: Deployment, planned: PlannedDeployment): Promise<PlannedDeployment> {
  const seen = await planDeployment(deployment);
  const left = unfinished(seen.plan);
  if (!isEmpty(left)) {
    throw new UserError('every step succeeded, but the result differs from the plan', {
      code: 'apply.diverged',
      details: planToLines(left),
      hint: 'Another program changes it, or the engine does not support it. See `matrix-deploy plan`, then run the command again.',
    });
  }
  return { ...planned, observed: seen.observed };
}

/**
 * Runs the health checks that the plan did not include, and records the converged state. A killed run may have
 * started services that nobody has checked since. A failure here causes no rollback.
 */
async function settle(
  deployment: Deployment,
  planned: PlannedDeployment,
  options: ConvergeOptions,
): Promise<void> {
  const plan = remainingProbes(planned.desired.stack, planned.plan);
  await perform(deployment, { ...planned, plan }, options);
  await recordConvergedState(deployment, planned);
}

async function perform(
  deployment: Deployment,
  { plan, desired, observed }: PlannedDeployment,
  options: Pick<ConvergeOptions, 'emit' | 'interrupt' | 'beforeAdmission'>,
): Promise<void> {
  const effects = createEffects(deployment, desired, observed, options);
  await execute(plan, effects, { ...options, clock: deployment.clock });
}

/**
 * Records which services must restart to read a new secret, before any secret is replaced. If this run is killed in
 * between, the next one restarts them.
 */
async function recordUnread(deployment: Deployment, plan: Plan): Promise<void> {
  const unread = plan.flatMap((operation) =>
    operation.kind === 'start-service' && operation.unread !== undefined
      ? [[operation.service, operation.unread] as const]
      : [],
  );
  if (unread.length > 0) {
    await writeRecord(inDirectory(deployment, layout.unread), Object.fromEntries(unread));
  }
}

async function recordLock(deployment: Deployment, { observed }: PlannedDeployment): Promise<void> {
  const path = inDirectory(deployment, layout.imageLock);
  await ensureDirectory(inDirectory(deployment, layout.state), modes.stateDirectory);
  await writeRecord(path, { ...(await readRecord(path)), ...observed.lock });
}

function refuseVersionChanges({ desired, observed }: PlannedDeployment): void {
  const changes = versionChanges(desired.stack, observed);
  if (changes.length > 0) {
    throw new PreflightError('the image of a service was changed and not applied', {
      code: 'apply.version',
      details: changes.map(describeChange),
      hint: `Run \`matrix-deploy apply\` first: it upgrades with a backup and a way back. Or put the image back in ${layout.config}. Nothing was changed.`,
    });
  }
}

function refuseOverwriting(plan: Plan, { overwriteEdits }: Pick<ConvergeOptions, 'overwriteEdits'>): void {
  const files = overwrittenFiles(plan);
  if (files.length > 0 && !overwriteEdits) {
    throw new UserError(`edited by hand: ${files.join(', ')}`, {
      code: 'apply.edited',
      details: plan.flatMap((operation) =>
        operation.kind === 'write-file' && operation.change === 'overwrite'
          ? [`${operation.resource}: ${operation.cause}`, ...(operation.drift ?? [])]
          : [],
      ),
      hint: `Put the change into ${layout.config}, or run \`matrix-deploy apply --overwrite-edits\` to drop it.`,
    });
  }
}
