import { isLetIn } from '../../apply/admit.ts';
import { toTheEnd } from '../../apply/deployment.ts';
import { homeserver } from '../../components/synapse/listener.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Stack } from '../../stack/stack.ts';
import { keptDatabases, type PendingUpgrade, writePendingUpgrade } from '../../state/pending-upgrade.ts';
import { bringUp } from '../bring-up.ts';
import { freeReserve } from '../reserve.ts';
import { removeServices } from '../restore/change-places.ts';
import { type Expected, verifyUpgrade } from './verify.ts';
import { noteOf, type UpgradeWork } from './work.ts';

/** How to start the new images. */
export interface SwitchOptions {
  readonly overwriteEdits: boolean;
  /** Public names without a certificate for which it is not certain that the CA will issue certificates. */
  readonly uncertainNames: readonly string[];
}

interface Starting {
  readonly pending: PendingUpgrade;
  readonly expected: readonly Expected[];
  readonly options: SwitchOptions;
}

/**
 * Starts the new images, and compares the server with its state before the upgrade. Where going back needs a copy of
 * a database, the comparison comes before the homeserver is let in: going back would lose what it acknowledges from
 * then on.
 *
 * @returns the operations that were done, and what was verified, a sentence each
 * @throws UnhealthyError where the server does not work as before
 */
export async function startAndVerify(
  work: UpgradeWork,
  stack: Stack,
  { pending, expected, options }: Starting,
): Promise<{ done: Plan; checks: string[] }> {
  const { context, deployment, emit } = work;
  const { directory } = deployment;
  const note = noteOf(work);
  const comparison = { before: pending.baseline, expected };
  const hasCopy = keptDatabases(pending).length > 0;
  let isInUse = await mayBeInUse(deployment, stack, pending);
  let checks: string[] | undefined;
  if (hasCopy && !isInUse) await removeUnseen(work, stack);
  const done = await bringUp(deployment, {
    ...{ emit, interrupt: context.interrupt, changesVersions: true },
    uncertainNames: options.uncertainNames,
    overwriteEdits: options.overwriteEdits,
    transferred: pending.directories.map(({ inUse }) => inUse),
    onUnhealthy: () => freeReserve(deployment),
    leavesWayBack: () => hasCopy && isInUse,
    async beforeAdmission(service, container) {
      if (!hasCopy || isInUse || service !== homeserver.service) return;
      note('test the server before anybody else can use it, and compare it with before');
      checks = await verifyUpgrade(work, stack, { ...comparison, outside: container });
      await writePendingUpgrade(directory, { ...pending, admitted: true });
      isInUse = true;
    },
  });
  if (checks === undefined) {
    if (hasCopy) await writePendingUpgrade(directory, { ...pending, admitted: true });
    note('test the server, and compare it with before');
    checks = await verifyUpgrade(work, stack, comparison);
  }
  return { done, checks };
}

/** Whether the homeserver that an upgrade has started may have been let in, by this program or by hand. */
export async function mayBeInUse(
  deployment: UpgradeWork['deployment'],
  stack: Stack,
  { admitted }: Pick<PendingUpgrade, 'admitted'>,
): Promise<boolean> {
  const { engine } = toTheEnd(deployment);
  return admitted !== false || isLetIn(homeserver.service, { stack, engine });
}

/**
 * Removes a homeserver that an earlier run has started and not let in, so that it is created again behind its gate.
 * If it had stopped, it would otherwise be started past its gate.
 */
async function removeUnseen(work: UpgradeWork, { project, services }: Stack): Promise<void> {
  const { engine } = toTheEnd(work.deployment);
  const unseen = services
    .filter(({ name }) => name === homeserver.service)
    // It is handling no requests of clients.
    .map((service) => ({ ...service, stopGraceSeconds: 0 }));
  await removeServices(engine, project, { services: unseen, note: noteOf(work) });
}
