import type { Gate } from '../components/service.ts';
import type { Engine } from '../docker/engine.ts';
import { UnhealthyError } from '../errors.ts';
import { fullNetworkName, namesOn } from '../stack/running.ts';
import type { Stack } from '../stack/stack.ts';
import { couldNotStart } from './could-not-start.ts';
import { type ProbeSurroundings, waitForProbe } from './wait-for-probe.ts';

/**
 * A check beyond the probes of the gate, before a service is let in. The service runs, but no request reaches it yet.
 *
 * @param container the ID of its container
 * @throws UnhealthyError when the check fails: the service is not let in
 */
export type BeforeAdmission = (service: string, container: string) => Promise<void>;

interface Target extends ProbeSurroundings {
  readonly engine: ProbeSurroundings['engine'] &
    Pick<Engine, 'start' | 'running' | 'joinNetwork' | 'leaveNetwork'>;
  readonly beforeAdmission?: BeforeAdmission | undefined;
}

/**
 * Starts the new container of a service outside the network from which requests come, and lets it in when it is
 * healthy. Requests wait until then.
 *
 * @throws UnhealthyError when it does not become healthy: it is not let in
 */
export async function startBehind(gate: Gate, service: string, target: Target): Promise<void> {
  const { engine } = target;
  const id = containerOf(service, target);
  const network = entrance(gate, target);
  if (await isOn(network, id, target)) {
    await engine.leaveNetwork(network, id);
  }
  await engine.start(id).catch((error) => {
    throw couldNotStart([service], error);
  });
  await admit(gate, service, target);
}

/** Lets a running service in when it is healthy. For the rest, see `startBehind`. */
export async function admit(gate: Gate, service: string, target: Target): Promise<void> {
  for (const probe of gate.probes) {
    await waitForProbe(probe, target);
  }
  const id = containerOf(service, target);
  const network = entrance(gate, target);
  if (!(await isOn(network, id, target))) {
    await target.beforeAdmission?.(service, id);
    const described = target.stack.services.find(({ name }) => name === service) ?? { name: service };
    await target.engine.joinNetwork(network, id, namesOn(gate.network, described));
  }
}

/** Whether requests reach a service, or reached it until it ended. False for a service that was never started. */
export async function isLetIn(
  service: string,
  {
    stack,
    engine,
  }: { stack: Pick<Stack, 'project' | 'edge' | 'services'>; engine: Pick<Engine, 'containers' | 'running'> },
): Promise<boolean> {
  const gate = stack.services.find(({ name }) => name === service)?.gate;
  const found = (await engine.containers(stack.project)).filter((one) => one.service === service);
  const seen = await Promise.all(found.map(({ id }) => engine.running(id)));
  return seen.some(
    ({ state, facts }) =>
      state !== 'created' && (gate === undefined || facts.network.includes(entrance(gate, { stack }))),
  );
}

function containerOf(service: string, { container }: Target): string {
  const id = container(service);
  if (id === undefined) {
    throw new UnhealthyError(`${service} has no container`, { code: 'apply.container', service });
  }
  return id;
}

function entrance({ network }: Gate, { stack }: { stack: Pick<Stack, 'project' | 'edge'> }): string {
  return fullNetworkName(stack, network);
}

async function isOn(network: string, id: string, { engine }: Target): Promise<boolean> {
  return (await engine.running(id)).facts.network.includes(network);
}
