import type { Service } from '../components/service.ts';
import { type Rendering, readsFile } from '../render/render.ts';
import { wantedNetworks } from '../render/running.ts';
import { describeState, fullNetworkName } from '../stack/running.ts';
import { brokenBundles } from './bundles.ts';
import { describeServiceChange } from './changes.ts';
import type { ObservedContainer, ObservedState } from './observed-state.ts';
import type { OperationDraft, ServiceChange } from './operation.ts';
import { begunAgain } from './provisions.ts';
import type { Desired } from './reconcile.ts';
import { containerDrift, type Drift, networkDifferences, networkTroubles } from './running.ts';
import { newlyRead } from './secrets.ts';

interface CausedChange {
  readonly change: ServiceChange;
  readonly cause: string;
  /** The changes made by hand to its container. */
  readonly drift?: readonly string[];
  /** True if the only cause is that a provision that it uses is created again. */
  readonly again?: true;
  /** The path of a secret that has changed since the service read it. */
  readonly unread?: string;
}

/** The changes to services, by name. Absent for a service that stays as it is. */
export type ServiceChanges = ReadonlyMap<string, CausedChange>;

/** The operations on services and on the networks that they are on. */
export function serviceOperations(
  desired: Desired,
  observed: ObservedState,
  changes: ServiceChanges,
): OperationDraft[] {
  return [
    ...desired.stack.services.flatMap((service) => changeOperations(service, observed, changes)),
    ...outsiders(desired, observed, changes),
    ...surplusNetworks(desired, observed, changes),
    ...wrongNetworks(desired, observed),
  ];
}

function changeOperations(
  { name: service, gate }: Service,
  { isInstalled }: ObservedState,
  changes: ServiceChanges,
): OperationDraft[] {
  const caused = changes.get(service);
  if (caused === undefined) return [];
  const { change, cause, drift, again, unread } = caused;
  const start = {
    kind: 'start-service',
    resource: `service ${service}`,
    cause,
    service,
    change,
    drift,
    again,
    unread,
    // In a first installation no requests wait.
    gate: isInstalled && change !== 'start' ? gate : undefined,
  } as const;
  return change === 'create'
    ? [{ kind: 'create-container', resource: `container of ${service}`, cause, service }, start]
    : [start];
}

/** Which services do not run as they are wanted to, and why. */
export function serviceChanges(desired: Desired, observed: ObservedState): ServiceChanges {
  const changes = desired.stack.services.map(
    (service) => [service.name, serviceChange(service, desired, observed)] as const,
  );
  return new Map(changes.filter((entry): entry is [string, CausedChange] => entry[1] !== undefined));
}

function serviceChange(
  service: Service,
  desired: Desired,
  observed: ObservedState,
): CausedChange | undefined {
  const { rendering } = desired;
  const container = containerOf(service, rendering, observed);
  if (container === undefined) {
    const cause = readsBroken(service, observed) ? 'what it reads was changed by hand' : 'not there yet';
    return { change: 'create', cause };
  }
  if (container.directory !== observed.directory) {
    return { change: 'recreate', cause: `it was started from ${container.directory}` };
  }
  if (container.digest !== rendering.digests[service.name]) {
    const cause = describeServiceChange(service, observed, rendering.files);
    return { change: 'recreate', cause };
  }
  const drift = driftOf(service, desired, observed);
  if (drift !== undefined && drift.surplusNetworks === undefined && !drift.isOutside) {
    const { differences } = drift;
    return { change: 'recreate', cause: `changed by hand: ${differences.join('; ')}`, drift: differences };
  }
  const troubles = networkTroubles(service, { stack: desired.stack, observed });
  if (troubles.length > 0) return { change: 'recreate', cause: troubles.join('; ') };
  const unread = newlyRead(service, desired.stack, observed) ?? observed.unread[service.name];
  if (unread !== undefined && container.state !== 'created') {
    return { change: 'recreate', cause: `it has not read ${unread} as it is now`, unread };
  }
  if (container.state === 'created') {
    // An interrupted run created it, perhaps before the configuration was checked.
    return { change: 'create', cause: 'it was never started' };
  }
  if (container.state !== 'running')
    return { change: 'start', cause: `the container ${describeState(container.state)}` };
  const [begun] = begunAgain(desired.stack, observed).filter(({ service: used }) =>
    service.needs.includes(used),
  );
  return begun && { change: 'start', cause: `${begun.name} is created again`, again: true };
}

/** The container of a service. An interrupted recreation leaves two: the one that matches the definition counts. */
export function containerOf(
  service: Service,
  { digests }: Rendering,
  observed: ObservedState,
): ObservedContainer | undefined {
  // Only a new container reads the bundle again.
  if (readsBroken(service, observed)) return undefined;
  const { name } = service;
  const own = observed.containers.filter((container) => container.service === name);
  return own.find(({ digest }) => digest === digests[name]) ?? own[0];
}

function readsBroken(service: Service, observed: ObservedState): boolean {
  return brokenBundles(observed).some((path) => readsFile(service, path));
}

function driftOf(
  service: Service,
  { stack, rendering }: Desired,
  observed: ObservedState,
): Drift | undefined {
  const container = containerOf(service, rendering, observed);
  return container === undefined ? undefined : containerDrift(service, container, { stack, observed });
}

/** Lets in containers whose only difference is that their gate has not let them in. */
function outsiders(desired: Desired, observed: ObservedState, changes: ServiceChanges): OperationDraft[] {
  return desired.stack.services.flatMap((service): OperationDraft[] => {
    const { name, gate } = service;
    const drift = driftOf(service, desired, observed);
    const change = changes.get(name)?.change ?? 'start';
    if (gate === undefined || !drift?.isOutside || change !== 'start') return [];
    const resource = `${name} to network ${fullNetworkName(desired.stack, gate.network)}`;
    const cause = 'disconnected by hand, or by a run that was cut off';
    return [{ kind: 'admit-service', resource, cause, service: name, gate, drift: drift.differences }];
  });
}

/** Disconnects containers, while they run, from networks that they must not be on. */
function surplusNetworks(
  desired: Desired,
  observed: ObservedState,
  changes: ServiceChanges,
): OperationDraft[] {
  return desired.stack.services.flatMap((service) => {
    const container = containerOf(service, desired.rendering, observed);
    const networks = driftOf(service, desired, observed)?.surplusNetworks ?? [];
    if (container === undefined || changes.get(service.name)?.change === 'recreate') {
      return [];
    }
    return networks.map(
      (network): OperationDraft => ({
        kind: 'leave-network',
        resource: `${service.name} from network ${network}`,
        cause: 'connected by hand',
        service: service.name,
        container: container.id,
        network,
        drift: [`network ${network} added`],
      }),
    );
  });
}

/** Removes networks that differ from their definition: an existing network cannot be changed. */
function wrongNetworks({ stack }: Desired, { networks }: ObservedState): OperationDraft[] {
  return Object.entries(wantedNetworks(stack)).flatMap(([name, wanted]): OperationDraft[] => {
    const found = networks[name];
    const differences = found === undefined ? [] : networkDifferences(wanted, found);
    const cause = `it ${differences.join(', and ')}`;
    return differences.length === 0
      ? []
      : [{ kind: 'remove-network', resource: `network ${name}`, cause, network: name }];
  });
}
