import type { Gate } from '../components/service.ts';
import type { Engine } from '../docker/engine.ts';
import { UnhealthyError } from '../errors.ts';
import { networkName } from '../stack/running.ts';
import { couldNotStart } from './could-not-start.ts';
import { prove, type Surroundings } from './prove.ts';

interface Target extends Surroundings {
  readonly engine: Surroundings['engine'] &
    Pick<Engine, 'start' | 'running' | 'joinNetwork' | 'leaveNetwork'>;
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
    await prove(probe, target);
  }
  const id = containerOf(service, target);
  const network = entrance(gate, target);
  if (!(await isOn(network, id, target))) {
    await target.engine.joinNetwork(network, id, [service]);
  }
}

function containerOf(service: string, { container }: Target): string {
  const id = container(service);
  if (id === undefined) {
    throw new UnhealthyError(`${service} has no container`, { code: 'apply.container', service });
  }
  return id;
}

function entrance({ network }: Gate, { stack }: Target): string {
  return networkName(stack.project, network);
}

async function isOn(network: string, id: string, { engine }: Target): Promise<boolean> {
  return (await engine.running(id)).facts.network.includes(network);
}
