import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import type { ObservedContainer, ObservedState, ProvisionState } from '../../src/plan/observed-state.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { type Desired, reconcile } from '../../src/plan/reconcile.ts';
import {
  behindProxyConfig,
  behindTraefikConfig,
  localConfig,
  publicConfigText,
} from '../fakes/configurations.ts';
import { appliedHost, desiredOf, unrecorded } from '../fakes/observed.ts';
import { parseConfig } from '../fakes/parse-config.ts';

const everyComponent = parseConfig(
  `${publicConfigText}element: { host: chat.example.org }\nheisenbridge: { owner: alice }\n`,
);

/** How a host differs from what `apply` has left: changed by hand, or by runs that were killed. */
interface Differences {
  isInstalled: boolean;
  isRecorded: boolean;
  /** By service; `null` where it has no container. */
  containers: Record<string, ContainerDifference | null>;
  provisions: Record<string, ProvisionState | 'unknown'>;
  missing: Record<'files' | 'secrets' | 'data' | 'caches' | 'images' | 'networks', readonly string[]>;
  rotating: readonly string[];
  mismatched: readonly string[];
  unread: readonly string[];
}

type ContainerDifference = Partial<Pick<ObservedContainer, 'state' | 'status' | 'digest'>> & {
  lost?: readonly string[];
  joined?: readonly string[];
};

function anyDifferences({ stack }: Desired, applied: ObservedState): fc.Arbitrary<Differences> {
  /** Mostly none of them: with everything broken at once, all that comes is a refusal. */
  const few = (names: Iterable<string>) =>
    fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, fc.subarray([...names]));
  const each = <Value>(names: readonly string[], value: fc.Arbitrary<Value>) =>
    fc.record(Object.fromEntries(names.map((name) => [name, value]))) as fc.Arbitrary<Record<string, Value>>;
  const container = fc.record(
    {
      state: fc.constantFrom('exited', 'created', 'restarting'),
      status: fc.constantFrom('Up 2 hours (healthy)', 'Up 2 hours (unhealthy)'),
      digest: fc.constantFrom('another', undefined),
      lost: fc.subarray(Object.keys(applied.networks)),
      joined: fc.constant(['bridge']),
    },
    { requiredKeys: [] },
  );
  return fc.record({
    isInstalled: fc.boolean(),
    isRecorded: fc.boolean(),
    containers: each(
      stack.services.map(({ name }) => name),
      fc.option(container, { freq: 3 }),
    ),
    provisions: each(
      stack.provisions.map(({ name }) => name),
      fc.constantFrom('there', 'absent', 'closed', 'unused', 'unknown'),
    ),
    missing: fc.record({
      files: few(Object.keys(applied.files)),
      secrets: few(applied.secrets),
      data: few(applied.data),
      caches: fc.subarray([...applied.caches]),
      images: few(applied.images),
      networks: few(Object.keys(applied.networks)),
    }),
    rotating: few(applied.secrets),
    mismatched: few(applied.secrets),
    unread: few(stack.services.map(({ name }) => name)),
  });
}

function hostWith(applied: ObservedState, differences: Differences): ObservedState {
  const { isInstalled, isRecorded, missing, rotating, mismatched, unread, provisions } = differences;
  const without = (names: Iterable<string>, gone: readonly string[]) =>
    new Set([...names].filter((name) => !gone.includes(name)));
  const keep = <Value>(values: Readonly<Record<string, Value>>, gone: readonly string[]) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !gone.includes(name)));
  const containers = applied.containers.flatMap((container) => {
    const difference = differences.containers[container.service];
    return difference === null ? [] : [{ container, ...difference }];
  });
  return {
    ...applied,
    isInstalled,
    identity: isRecorded ? applied.identity : unrecorded,
    containers: containers.map(({ container, lost: _, joined: __, ...difference }) => ({
      ...container,
      ...difference,
    })),
    running: Object.fromEntries(
      containers.map(({ container: { id }, lost = [], joined = [] }) => {
        const facts = applied.running[id] as ObservedState['running'][string];
        return [id, { ...facts, network: [...without(facts.network, lost), ...joined] }];
      }),
    ),
    provisions: new Map(
      Object.entries(provisions).flatMap(([name, state]) => (state === 'unknown' ? [] : [[name, state]])),
    ),
    files: keep(applied.files, missing.files),
    networks: keep(applied.networks, missing.networks),
    secrets: without(applied.secrets, missing.secrets),
    data: without(applied.data, missing.data),
    caches: without(applied.caches, missing.caches),
    images: without(applied.images, missing.images),
    rotating: new Set(rotating),
    mismatched: new Set(mismatched),
    unread: Object.fromEntries(unread.map((service) => [service, 'secrets/form_secret'])),
  };
}

function planOrRefusal(desired: Desired, observed: ObservedState): Plan | undefined {
  try {
    return reconcile(desired, observed);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Whether each operation comes after all that it waits for. */
function isInOrder(plan: Plan): boolean {
  const done = new Set<string>();
  return plan.every(({ id, after }) => after.every((other) => done.has(other)) && done.add(id));
}

test.each([
  ['a local server', localConfig],
  ['a server with every component', everyComponent],
  ['a server behind a proxy of the host', behindProxyConfig],
  ['a server behind a Traefik that is there already', behindTraefikConfig],
])('%s must get a plan that can be carried out, or a refusal, whatever is found', (_, config) => {
  const desired = desiredOf(config);
  const applied = appliedHost(config);
  let plans = 0;
  fc.assert(
    fc.property(anyDifferences(desired, applied), (differences) => {
      const plan = planOrRefusal(desired, hostWith(applied, differences));
      if (plan !== undefined) plans++;
      return plan === undefined || isInOrder(plan);
    }),
    { numRuns: 300 },
  );
  expect(plans).toBeGreaterThan(50);
});
