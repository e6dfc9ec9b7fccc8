import { type Deployment, toTheEnd } from '../../apply/deployment.ts';
import { homeserver } from '../../components/synapse/listener.ts';
import { CancelledError, messageOf, UnhealthyError, UserError } from '../../errors.ts';
import { secondsBetween } from '../../host/clock.ts';
import { describeLost, type Loss } from '../../plan/losses.ts';
import { pinSets } from '../../state/backups.ts';
import { lockedStack } from '../../state/locked-stack.ts';
import {
  endPendingUpgrade,
  keptDatabases,
  type PendingUpgrade,
  readPendingUpgrade,
} from '../../state/pending-upgrade.ts';
import { type RecordedUpgrade, recordUpgrade } from '../../state/upgrades.ts';
import { freeReserve } from '../reserve.ts';
import { goBack, removeKept } from './go-back.ts';
import type { Interruption } from './interruption.ts';
import { noteOf, type UpgradeWork } from './work.ts';
import { wouldLose } from './would-lose.ts';

/**
 * Goes back to the previous version after an upgrade has failed. The new version stays if it has been in use and
 * going back would lose later changes: then the operator has to decide.
 *
 * @returns the error to throw: why the upgrade failed, and how going back ended
 */
export async function takeBack(given: UpgradeWork, error: unknown, watch: Interruption): Promise<unknown> {
  // The upgrade may have failed because of an interrupt, which must not stop this.
  const work = { ...given, deployment: toTheEnd(given.deployment) };
  const { directory } = work.deployment;
  const pending = await readPendingUpgrade(directory);
  if (pending === undefined) return error;
  const reason = messageOf(error);
  await freeReserve(work.deployment);
  await waitForEngine(work.deployment);
  const loss = await wouldLose(work, pending).catch(
    (): Loss => ({ lost: {}, unknown: keptDatabases(pending) }),
  );
  if (loss !== undefined) {
    await recordEnd(work.deployment, { result: 'unproved', watch, reason });
    return staysForward(error, loss);
  }
  noteOf(work)(`the upgrade did not work (${reason}); going back to the previous state`);
  try {
    await goBack(work, pending);
  } catch (failure) {
    await recordEnd(work.deployment, { result: 'stranded', watch, reason });
    return withOutcome(
      error,
      `The previous state did not work either: ${messageOf(failure)}. Run \`matrix-deploy rollback\` to try again; see \`matrix-deploy status\`.`,
    );
  }
  await recordEnd(work.deployment, { result: 'failed', watch, reason });
  await forgetUpgrade(work, pending);
  const isOurs = pending.text.before !== pending.text.after;
  return withOutcome(
    error,
    isOurs
      ? 'The previous version serves again. matrix.yaml is as it was.'
      : 'The previous version serves again. Fix matrix.yaml, then run `matrix-deploy apply`.',
  );
}

/** How long to wait for an engine that is restarting, and the pause between two requests, in milliseconds. */
const engineRestart = { patience: 60_000, pause: 500 };

/**
 * Waits for the engine: going back needs it, and its restart may be why the upgrade failed. If it does not answer in
 * time, going back reports that.
 */
async function waitForEngine(deployment: Deployment): Promise<void> {
  const { engine, clock, patience = 1 } = deployment;
  const { project } = await lockedStack(deployment);
  const end = clock.now().getTime() + engineRestart.patience * patience;
  const answers = () =>
    engine.containers(project).then(
      () => true,
      () => false,
    );
  while (!(await answers()) && clock.now().getTime() < end) await clock.sleep(engineRestart.pause);
}

/** Removes the data that was kept for an upgrade, and its record. Going back is then no longer possible. */
export async function forgetUpgrade(
  work: Pick<UpgradeWork, 'deployment'>,
  pending: PendingUpgrade,
): Promise<void> {
  const { directory } = work.deployment;
  await removeKept(work, pending);
  await pinSets(directory, { unpin: pending.sets });
  await endPendingUpgrade(directory);
}

/** Adds to the history how the pending upgrade ended. @returns the entry */
export async function recordEnd(
  { directory, clock }: Pick<Deployment, 'directory' | 'clock'>,
  {
    watch,
    ...end
  }: Pick<RecordedUpgrade, 'result' | 'reason'> & { readonly watch: Pick<Interruption, 'seconds'> },
): Promise<RecordedUpgrade> {
  const pending = await readPendingUpgrade(directory);
  if (pending === undefined) throw new Error('no upgrade is pending');
  const { id, startedAt, changes, sets } = pending;
  const entry = {
    ...{ id, startedAt, changes, sets },
    ...end,
    seconds: secondsBetween(new Date(startedAt), clock.now()),
    interruptionSeconds: watch.seconds(),
  };
  await recordUpgrade(directory, entry);
  return entry;
}

/** The error of an upgrade that is not taken back. */
function staysForward(error: unknown, { lost, unknown }: Loss): UserError {
  const rows = describeLost(lost);
  const price =
    rows !== ''
      ? `would lose ${rows}`
      : `may lose what came since: ${unknown.join(', ')} could not be compared`;
  return withOutcome(
    error,
    `The new version stays, since it has been in use: going back ${price}. See \`matrix-deploy status\`. When the cause is fixed, \`matrix-deploy upgrade\` looks again; \`matrix-deploy rollback\` goes back all the same.`,
  );
}

/**
 * The error of an upgrade that failed after it had changed services, with the outcome for them. Whatever the cause,
 * it is an UnhealthyError; only a CancelledError stays one.
 */
function withOutcome(error: unknown, outcome: string): UserError {
  const { code = 'upgrade.failed', details, hint } = error instanceof UserError ? error : {};
  const known = { code, details, cause: error instanceof UserError ? error.cause : error };
  // The hint of an UnhealthyError tells how to go back, which `outcome` tells already.
  const told = (remedy: string | undefined) => [outcome, remedy].filter(Boolean).join(' ');
  if (error instanceof CancelledError) {
    return new CancelledError(error.message, { ...known, hint: told(hint) });
  }
  const { service, refusal, remedy } =
    error instanceof UnhealthyError
      ? error
      : { service: homeserver.service, refusal: undefined, remedy: hint };
  return new UnhealthyError(messageOf(error), { ...known, service, refusal, remedy, hint: told(remedy) });
}
