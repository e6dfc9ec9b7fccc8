import { describe, expect, test } from 'vitest';
import type { ObservedState } from '../../src/plan/observed-state.ts';
import { planToLines } from '../../src/plan/plan-text.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import { interruptions } from '../../src/procedures/warn.ts';
import { behindTraefikConfig, localConfig, localConfigText } from '../fakes/configurations.ts';
import { appliedHost, desiredOf, emptyHost } from '../fakes/observed.ts';
import { parseConfig } from '../fakes/parse-config.ts';

const louder = parseConfig(localConfigText.replace('synapse:\n', 'synapse:\n  log_level: DEBUG\n'));
const applied = appliedHost(localConfig);
const planned = (observed: ObservedState, config = localConfig) => reconcile(desiredOf(config), observed);

/** A host whose homeserver is off the proxy's network, and otherwise like this. */
function outside(state: string): ObservedState {
  const id = 'synapse-container';
  const seen = applied.running[id];
  if (seen === undefined) throw new Error('no homeserver');
  const running = { ...applied.running, [id]: { ...seen, network: ['matrix-localhost_data'] } };
  const containers = applied.containers.map((one) => (one.id === id ? { ...one, state } : one));
  return { ...applied, running, containers };
}

const starts = (observed: ObservedState, config = localConfig) =>
  planned(observed, config).flatMap((operation) =>
    operation.kind === 'start-service' ? [[operation.service, operation.gate?.network]] : [],
  );

test('a service that is replaced must be told with what stops working, where requests do not wait', () => {
  const smaller = parseConfig(localConfigText.replace('traefik:\n', 'traefik:\n  memory: 200m\n'));
  const { services } = desiredOf(smaller).stack;
  const [proxy] = services.filter(({ name }) => name === 'traefik');
  expect(interruptions({ services }, planned(applied, smaller))).toEqual([
    { setting: 'service traefik', text: `is replaced: meanwhile, ${proxy?.whenDown}` },
  ]);
  expect(interruptions({ services }, planned(applied, louder))).toEqual([]);
});

describe('requests must wait for a homeserver', () => {
  test('that is replaced', () => {
    expect(starts(applied, louder)).toEqual([['synapse', 'web']]);
  });

  test('that a run has created and not started', () => {
    expect(starts(outside('created'))).toEqual([['synapse', 'web']]);
  });
});

test('where nothing has served yet, nobody must wait', () => {
  expect(starts(emptyHost(localConfig)).filter(([, network]) => network !== undefined)).toEqual([]);
});

describe('a homeserver off the proxy’s network', () => {
  test('must be let in, and proved through the proxy then', () => {
    const plan = planned(outside('running'));
    expect(planToLines(plan)).toEqual([
      '+ synapse to network matrix-localhost_web  disconnected by hand, or by a run that was cut off',
    ]);
    const [admission, ...proofs] = plan;
    expect(admission?.kind).toBe('admit-service');
    expect(proofs.length).toBeGreaterThan(0);
    for (const { after } of proofs) expect(after).toContain(admission?.id);
  });

  test('must be started before, where it does not run', () => {
    const plan = planned(outside('exited'));
    expect(plan.map(({ kind }) => kind).slice(0, 2)).toEqual(['start-service', 'admit-service']);
    expect(plan[1]?.after).toContain(plan[0]?.id);
  });

  test('must be let in after its database was checked, where that is started too', () => {
    const { containers, ...seen } = outside('exited');
    const observed = {
      ...seen,
      containers: containers.filter(({ service }) => service !== 'postgres'),
      provisions: new Map(),
    };
    const kinds = planned(observed).map(({ kind, resource }) => `${kind} ${resource}`);
    const expected = ['start-service service postgres', 'start-service service synapse'];
    expect(kinds.filter((one) => one.startsWith('start-service'))).toEqual(expected);
    expect(kinds.findIndex((one) => one.startsWith('admit-service'))).toBeGreaterThan(
      kinds.findIndex((one) => one.startsWith('provision')),
    );
  });

  test('must be replaced where its settings change, too', () => {
    expect(planned(outside('running'), louder).map(({ kind }) => kind)).not.toContain('admit-service');
    expect(starts(outside('running'), louder)).toEqual([['synapse', 'web']]);
  });
});

describe('on the network of a Traefik that is there already', () => {
  const before = behindTraefikConfig;
  const host = appliedHost(before);
  const withEdge = (more: object) => ({
    ...before,
    traefik: { ...before.traefik, edge: { ...before.traefik.edge, ...more } as typeof before.traefik.edge },
  });

  test('a homeserver that is replaced must come after it was proved', () => {
    const after = { ...before, synapse: louder.synapse };
    expect(starts(host, after)).toEqual([['synapse', 'foreign']]);
    expect(planned(host, before)).toEqual([]);
  });

  test('one that was disconnected must be let in', () => {
    const id = 'synapse-container';
    const network = (host.running[id]?.network ?? []).filter((name) => name !== 'proxy');
    const running = { ...host.running, [id]: { ...host.running[id], network } };
    const plan = planned({ ...host, running } as ObservedState, before);
    expect(planToLines(plan)).toEqual([
      '+ synapse to network proxy  disconnected by hand, or by a run that was cut off',
    ]);
  });

  test('other labels must replace what has them, and say what clients see meanwhile', () => {
    const after = withEdge({ middlewares: [] });
    expect(starts(host, after)).toEqual([['routes', undefined]]);
    expect(interruptions(desiredOf(after).stack, planned(host, after))).toMatchObject([
      { setting: 'service routes', text: expect.stringContaining('404') },
    ]);
    expect(interruptions(desiredOf(louder).stack, planned(applied, louder))).toEqual([]);
  });
});
