import { toTheEnd } from '../../apply/deployment.ts';
import type { Engine } from '../../docker/engine.ts';
import { isNothing, type Loss, lossOf } from '../../plan/losses.ts';
import type { Stack } from '../../stack/stack.ts';
import { lockedStack } from '../../state/locked-stack.ts';
import { keptDatabases, type PendingUpgrade } from '../../state/pending-upgrade.ts';
import { stopServices } from '../restore/change-places.ts';
import { countRowsNow } from '../restore/database-server.ts';
import { mayBeInUse } from './start-and-verify.ts';
import { noteOf, type UpgradeWork } from './work.ts';

/**
 * What going back from an upgrade would lose; `undefined` where that is nothing. In that case, the services that use
 * the databases are stopped, unless the new version was never in use, so that nothing can be lost meanwhile.
 */
export async function wouldLose(work: UpgradeWork, pending: PendingUpgrade): Promise<Loss | undefined> {
  const deployment = toTheEnd(work.deployment);
  const { engine } = deployment;
  const stack = await lockedStack(deployment);
  const copied = keptDatabases(pending);
  if (copied.length === 0 || !(await mayBeInUse(deployment, stack, pending))) return undefined;
  const lossNow = async () => lossOf(copied, pending.rows, await countRowsNow(engine, stack));
  const loss = await lossNow();
  if (!isNothing(loss)) return loss;
  const services = usersOf(stack, copied);
  const running = await runningOf(engine, stack, services);
  await stopServices(engine, stack.project, { services, note: noteOf(work) });
  const last = await lossNow();
  if (isNothing(last)) return undefined;
  for (const id of running) await engine.start(id);
  return last;
}

/** The services that use the servers of databases. */
function usersOf({ services, dumps }: Stack, databases: readonly string[]): Stack['services'] {
  const servers = dumps
    .filter(({ database }) => databases.includes(database))
    .map(({ replacement }) => replacement.service);
  return services.filter(({ needs }) => needs.some((name) => servers.includes(name)));
}

/** The IDs of the running containers of services. */
async function runningOf(
  engine: Pick<Engine, 'containers'>,
  { project }: Stack,
  services: Stack['services'],
): Promise<string[]> {
  return (await engine.containers(project))
    .filter(({ service, state }) => state === 'running' && services.some(({ name }) => name === service))
    .map(({ id }) => id);
}
