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
import { releaseRoom } from '../reserve.ts';
import { goBack, removeKept } from './go-back.ts';
import type { Interruption } from './interruption.ts';
import { noteOf, type UpgradeWork } from './work.ts';
import { wouldLose } from './would-lose.ts';

/**
 * Brings what served before an upgrade back, since it did not work. What has been in use stays where going back would lose
 * what came since: that is for the operator to decide.
 *
 * @returns the error to throw: why it failed, with how the way back went
 */
export async function takeBack(given: UpgradeWork, error: unknown, watch: Interruption): Promise<unknown> {
  // An interrupt may be why it failed.
  const work = { ...given, deployment: toTheEnd(given.deployment) };
  const { directory } = work.deployment;
  const pending = await readPendingUpgrade(directory);
  if (pending === undefined) return error;
  const reason = messageOf(error);
  await releaseRoom(work.deployment);
  await waitForEngine(work.deployment);
  const loss = await wouldLose(work, pending).catch(
    (): Loss => ({ lost: {}, unknown: keptDatabases(pending) }),
  );
  if (loss !== undefined) {
    await recordEnd(work.deployment, { result: 'unproved', watch, reason });
    return staysForward(error, loss);
  }
  noteOf(work)(`the upgrade did not work (${reason}); what served before comes back`);
  try {
    await goBack(work, pending);
  } catch (failure) {
    await recordEnd(work.deployment, { result: 'stranded', watch, reason });
    return withOutcome(
      error,
      `What served before did not come back either: ${messageOf(failure)}. Run \`matrix-deploy rollback\` to try again; see \`matrix-deploy status\`.`,
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

/** How long an engine is waited for that is being restarted, and how long between two questions: in milliseconds. */
const engineRestart = { patience: 60_000, pause: 500 };

/** Nothing comes back without the engine, whose restart may be why the upgrade failed. Where it stays away, going back tells of it. */
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

/** Removes what was kept for an upgrade, and its record: then there is no way back from it. */
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
 * The error of an upgrade that failed after the services were first touched, with what became of them. Whatever the cause, it is
 * one of a change that did not work; what was interrupted stays that.
 */
function withOutcome(error: unknown, outcome: string): UserError {
  const { code = 'upgrade.failed', details, hint } = error instanceof UserError ? error : {};
  const known = { code, details, cause: error instanceof UserError ? error.cause : error };
  // The hint of a change that failed tells of a way back, which is told here.
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
