import type { NetworkName, Service } from '../components/service.ts';
import { leadsRequests } from '../components/traefik/route-labels.ts';
import { wantedFacts, wantedNetworks } from '../render/running.ts';
import {
  fullNetworkName,
  type NetworkFacts,
  type RunningFact,
  type RunningFacts,
  runningFacts,
} from '../stack/running.ts';
import type { Stack } from '../stack/stack.ts';
import { redefinesNetworks } from './changes.ts';
import type { ObservedContainer, ObservedState } from './observed-state.ts';

/** How a container differs from its definition: somebody changed it, or created another one with the same label. */
export interface Drift {
  /** One text for each difference. */
  readonly differences: readonly string[];
  /** The networks that it must not be on, if nothing else differs: leaving them is enough. `undefined` otherwise. */
  readonly surplusNetworks: readonly string[] | undefined;
  /**
   * Whether its only difference is that its gate has not let it in: a run was interrupted before, or somebody
   * disconnected it.
   */
  readonly isOutside: boolean;
}

/** Compares a container with its definition; `undefined` when nothing differs. */
export function containerDrift(
  service: Service,
  container: ObservedContainer,
  { stack, observed }: { stack: Stack; observed: ObservedState },
): Drift | undefined {
  const ofNetworks = redefinesNetworks(stack, observed) ? [] : networkTroubles(service, { stack, observed });
  const seen = observed.running[container.id];
  const wanted = wantedFacts(service, { ...stack, directory: observed.directory });
  const compared = seen === undefined ? [] : compareFacts(wanted, seen);
  const isOffNetwork = compared.some(({ fact, missing }) => fact === 'network' && missing.length > 0);
  const facts = compared.filter(
    // A container that is not on a network has no alias there either.
    ({ fact }) => !observed.limitsNotKept.includes(fact) && !(fact === 'alias' && isOffNetwork),
  );
  const differences = [
    ...imageDifference(service, container, observed),
    ...facts.flatMap(describeDifference),
    ...ofNetworks,
  ];
  if (differences.length === 0) {
    return undefined;
  }
  const [first, ...others] = facts;
  const isInNetworks = differences.length === 1 && others.length === 0 && first?.fact === 'network';
  const entrance = service.gate && fullNetworkName(stack, service.gate.network);
  return {
    differences,
    surplusNetworks: isInNetworks && first.missing.length === 0 ? first.surplus : undefined,
    isOutside: isInNetworks && first.surplus.length === 0 && first.missing.join() === entrance,
  };
}

interface Difference {
  readonly fact: RunningFact;
  readonly missing: readonly string[];
  readonly surplus: readonly string[];
}

/**
 * Facts to which the image and the engine add values of their own: an additional value is no difference, except for a
 * label that makes a proxy of the host lead requests to the container.
 */
const open: ReadonlySet<RunningFact> = new Set(['environment', 'alias', 'program', 'label']);

/** The facts that differ, with the values that the container lacks and those that it has in addition. */
function compareFacts(wanted: RunningFacts, seen: RunningFacts): Difference[] {
  return (Object.keys(runningFacts) as RunningFact[])
    .map((fact) => {
      const [want, have] = [wanted[fact], seen[fact]];
      const without = (items: readonly string[], others: readonly string[]) =>
        items.filter((item) => !others.includes(item));
      const surplus = without(have, want).filter(
        (item) => !open.has(fact) || (fact === 'label' && leadsRequests(item)),
      );
      return { fact, missing: without(want, have), surplus };
    })
    .filter(({ missing, surplus }) => missing.length + surplus.length > 0);
}

/** Facts with one value only. */
const single: ReadonlySet<RunningFact> = new Set([
  'user',
  'command',
  'root',
  'memory',
  'processes',
  'processor',
  'weight',
  'restart',
  'log',
]);

function describeDifference({ fact, missing, surplus }: Difference): string[] {
  const words = runningFacts[fact];
  if (fact === 'environment' || fact === 'label') {
    // Only names are shown: a value that was set by hand may be a secret.
    const namesOf = (items: readonly string[]) => items.map((item) => item.replace(/=.*/s, ''));
    const added = namesOf(surplus).filter((name) => !namesOf(missing).includes(name));
    return [
      ...namesOf(missing).map((name) => `${words} ${name} is not as it was`),
      ...added.map((name) => `${words} ${name} added`),
    ];
  }
  if (single.has(fact)) {
    return [`${words} is ${surplus.join(', ') || 'none'}, not ${missing.join(', ') || 'none'}`];
  }
  const list = (items: readonly string[], what: string) =>
    items.length === 0 ? [] : [`${words} ${items.join(', ')} ${what}`];
  return [...list(surplus, 'added'), ...list(missing, 'missing')];
}

function imageDifference(
  { image }: Service,
  { imageId }: ObservedContainer,
  { imageIds }: ObservedState,
): string[] {
  const wanted = imageIds[image];
  return wanted === undefined || wanted === imageId ? [] : ['it runs another image'];
}

/**
 * The networks of a service that are missing or differ from their definition: they are created again, and the service
 * with them.
 */
export function networkTroubles(
  { networks }: Pick<Service, 'networks'>,
  { stack, observed }: { stack: Stack; observed: ObservedState },
): string[] {
  const wanted = wantedNetworks(stack);
  return networks.filter(isOwn).flatMap((network) => {
    const name = fullNetworkName(stack, network);
    const [want, have] = [wanted[name], observed.networks[name]];
    return want === undefined || have === undefined
      ? [`network ${name} is not there`]
      : networkDifferences(want, have).map((difference) => `network ${name} ${difference}`);
  });
}

/** Whether the network belongs to the stack. No plan creates a foreign network; preflight checks that it exists. */
function isOwn(network: NetworkName): boolean {
  return network !== 'foreign';
}

/** Describes how a network differs from its definition. */
export function networkDifferences(wanted: NetworkFacts, found: NetworkFacts): string[] {
  return [
    ...(found.project === wanted.project ? [] : ['was not created by Compose for this server']),
    ...(found.driver === wanted.driver ? [] : [`has the driver ${found.driver}`]),
    ...(found.isInternal === wanted.isInternal
      ? []
      : [found.isInternal ? 'has no way out' : 'has a way out']),
    ...(found.hasIpv6 === wanted.hasIpv6 ? [] : [found.hasIpv6 ? 'has IPv6' : 'has no IPv6']),
    ...(found.hasHost === wanted.hasHost
      ? []
      : [found.hasHost ? 'is open to the host' : 'is closed to the host']),
  ];
}
