import { type Deployment, toTheEnd } from '../../apply/deployment.ts';
import { homeserver } from '../../components/synapse/listener.ts';
import { CancelledError, messageOf, toExitCode, UnhealthyError, UserError } from '../../errors.ts';
import { secondsBetween } from '../../host/clock.ts';
import { describeLost, type Loss } from '../../plan/losses.ts';
import { pinSets } from '../../state/backups.ts';
import {
  endPendingUpgrade,
  keptDatabases,
  type PendingUpgrade,
  readPendingUpgrade,
} from '../../state/pending-upgrade.ts';
import { type RecordedUpgrade, recordUpgrade } from '../../state/upgrades.ts';
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

/** The error of an upgrade that is not taken back; what was interrupted stays that. */
function staysForward(error: unknown, { lost, unknown }: Loss): unknown {
  const rows = describeLost(lost);
  const price =
    rows !== ''
      ? `would lose ${rows}`
      : `may lose what came since: ${unknown.join(', ')} could not be compared`;
  const outcome = `The new version stays, since it has been in use: going back ${price}. See \`matrix-deploy status\`. When the cause is fixed, \`matrix-deploy upgrade\` looks again; \`matrix-deploy rollback\` goes back all the same.`;
  if (error instanceof UnhealthyError || error instanceof CancelledError) return withOutcome(error, outcome);
  const { code = 'upgrade.unproved', details } = error instanceof UserError ? error : {};
  const unproved = { code, details, cause: error, hint: outcome, service: homeserver.service };
  return new UnhealthyError(`the upgrade was not seen to work: ${messageOf(error)}`, unproved);
}

/** The hint of a change that failed tells of a way back, which is told here. */
function withOutcome(error: unknown, outcome: string): unknown {
  if (!(error instanceof UserError)) return error;
  const { message, code, details, cause } = error;
  const told = (remedy: string | undefined) => [outcome, remedy].filter(Boolean).join(' ');
  if (error instanceof UnhealthyError) {
    const { service, refusal, remedy } = error;
    return new UnhealthyError(message, {
      code,
      details,
      cause,
      service,
      refusal,
      remedy,
      hint: told(remedy),
    });
  }
  const failure = new UserError(message, { code, details, cause, hint: told(error.hint) });
  return Object.assign(failure, { exitCode: toExitCode(error) });
}
