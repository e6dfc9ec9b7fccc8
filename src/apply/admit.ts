import type { Gate } from '../components/service.ts';
import type { Engine } from '../docker/engine.ts';
import { UnhealthyError } from '../errors.ts';
import { fullNetworkName, namesOn } from '../stack/running.ts';
import type { Stack } from '../stack/stack.ts';
import { couldNotStart } from './could-not-start.ts';
import { type ProbeSurroundings, waitForProbe } from './wait-for-probe.ts';

/**
 * What has to hold, beside the probes of its gate, before a service is let in; it runs, and nothing finds it yet.
 *
 * @param container its ID
 * @throws UnhealthyError when it does not hold: the service stays outside
 */
export type BeforeAdmission = (service: string, container: string) => Promise<void>;

interface Target extends ProbeSurroundings {
  readonly engine: ProbeSurroundings['engine'] &
    Pick<Engine, 'start' | 'running' | 'joinNetwork' | 'leaveNetwork'>;
  readonly beforeAdmission?: BeforeAdmission | undefined;
}

/**
 * Starts the new container of a service where no request finds it, and lets it in when it works: requests wait until then.
 *
 * @throws UnhealthyError when it does not; it stays outside
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

/** Lets a service in that runs, when it works. The rest is as in `startBehind`. */
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

/** Can requests reach a service, or could they until it ended? One that was never started has answered none. */
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
