import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parse.ts';
import { planToLines } from '../../src/plan/plan.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import type { ObservedState } from '../../src/state/observed-state.ts';
import { localConfig, localConfigText } from '../fakes/configurations.ts';
import { appliedHost, desiredOf, emptyHost } from '../fakes/observed.ts';

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

  test('must be replaced where its settings change, too', () => {
    expect(planned(outside('running'), louder).map(({ kind }) => kind)).not.toContain('admit-service');
    expect(starts(outside('running'), louder)).toEqual([['synapse', 'web']]);
  });
});
