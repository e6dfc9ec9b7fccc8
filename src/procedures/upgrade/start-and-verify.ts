import { isLetIn } from '../../apply/admit.ts';
import { toTheEnd } from '../../apply/deployment.ts';
import { homeserver } from '../../components/synapse/listener.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Stack } from '../../stack/stack.ts';
import { keptDatabases, type PendingUpgrade, writePendingUpgrade } from '../../state/pending-upgrade.ts';
import { bringUp } from '../bring-up.ts';
import { releaseRoom } from '../reserve.ts';
import { removeServices } from '../restore/change-places.ts';
import { type Expected, verifyUpgrade } from './verify.ts';
import { noteOf, type UpgradeWork } from './work.ts';

/** How the other images are to be started. */
export interface SwitchOptions {
  readonly overwriteEdits: boolean;
  /** Public names without a certificate of which it is not certain that they lead to this host. */
  readonly uncertainNames: readonly string[];
}

interface Starting {
  readonly pending: PendingUpgrade;
  readonly expected: readonly Expected[];
  readonly options: SwitchOptions;
}

/**
 * Starts the images of after, and compares the server with before. Where a copy of a database is what leads back, it is
 * compared before it is let in: what it acknowledged would be lost with going back.
 *
 * @returns what was done, and what was found to be so, a sentence each
 * @throws UnhealthyError where it does not work as before
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
    onUnhealthy: () => releaseRoom(deployment),
    leavesWayBack: () => hasCopy && isInUse,
    async beforeAdmission(service, container) {
      if (!hasCopy || isInUse || service !== homeserver.service) return;
      note('use the server before anybody else can, and compare it with before');
      checks = await verifyUpgrade(work, stack, { ...comparison, outside: container });
      await writePendingUpgrade(directory, { ...pending, admitted: true });
      isInUse = true;
    },
  });
  if (checks === undefined) {
    if (hasCopy) await writePendingUpgrade(directory, { ...pending, admitted: true });
    note('use the server, and compare it with before');
    checks = await verifyUpgrade(work, stack, comparison);
  }
  return { done, checks };
}

/** Was what an upgrade has started let in, by this program or by hand, as far as anybody knows? */
export async function mayBeInUse(
  deployment: UpgradeWork['deployment'],
  stack: Stack,
  { admitted }: Pick<PendingUpgrade, 'admitted'>,
): Promise<boolean> {
  const { engine } = toTheEnd(deployment);
  return admitted !== false || isLetIn(homeserver.service, { stack, engine });
}

/** What a run before has left outside is started again: one that has ended would come back past its gate. */
async function removeUnseen(work: UpgradeWork, { project, services }: Stack): Promise<void> {
  const { engine } = toTheEnd(work.deployment);
  const unseen = services
    .filter(({ name }) => name === homeserver.service)
    // It is in the middle of nobody's request.
    .map((service) => ({ ...service, stopGraceSeconds: 0 }));
  await removeServices(engine, project, { services: unseen, note: noteOf(work) });
}
