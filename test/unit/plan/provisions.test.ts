import { describe, expect, test } from 'vitest';
import type { ObservedState } from '../../../src/plan/observed-state.ts';
import { unfinished } from '../../../src/plan/plan.ts';
import { reconcile } from '../../../src/plan/reconcile.ts';
import { localConfig } from '../../fakes/configurations.ts';
import { appliedHost, desiredOf, unrecorded } from '../../fakes/observed.ts';

const applied = appliedHost(localConfig);
const plan = (observed: Partial<ObservedState>) =>
  reconcile(desiredOf(localConfig), { ...applied, isInstalled: false, identity: unrecorded, ...observed });
const unused = { provisions: new Map([['database synapse', 'unused' as const]]) };
const withStatus = (status: string) => ({
  ...unused,
  containers: applied.containers.map((one) => (one.service === 'synapse' ? { ...one, status } : one)),
});

describe('what a first set-up has left', () => {
  test('must be created again before its user starts, which is proved to work', () => {
    const operations = plan(unused);
    expect(operations.map(({ kind, resource }) => `${kind} ${resource}`)).toEqual(
      expect.arrayContaining(['provision database synapse', 'start-service service synapse']),
    );
    const afterOf = (id: string) => operations.find((operation) => operation.id === id)?.after;
    expect(afterOf('start-service service synapse')).toContain('provision database synapse');
    expect(afterOf('probe synapse answers the client API through the proxy')).toContain(
      'start-service service synapse',
    );
    expect(operations.find(({ kind }) => kind === 'provision')).toMatchObject({ again: ['synapse'] });
  });

  test.each([
    ['does not run', 'exited'],
    ['runs, and does not answer yet', 'running'],
  ])('must be asked for before its user starts, where its service %s', (_, state) => {
    const starting = { state, status: 'Up 1 second (health: starting)' };
    const containers = applied.containers.map((one) =>
      ['postgres', 'synapse'].includes(one.service) ? { ...one, ...starting } : one,
    );
    const operations = plan({ containers, provisions: new Map() });
    expect(operations.find(({ kind }) => kind === 'provision')).toMatchObject({ again: ['synapse'] });
    expect(operations.find(({ id }) => id === 'start-service service synapse')?.after).toContain(
      'provision database synapse',
    );
  });

  test('must stay where its user is healthy', () => {
    expect(plan(withStatus('Up 40 seconds (healthy)'))).toEqual([]);
    expect(plan(withStatus('Up 3 seconds (health: starting)'))).not.toEqual([]);
  });

  test('must stay once anything has served', () => {
    expect(plan({ ...unused, isInstalled: true, identity: applied.identity })).toEqual([]);
  });

  test('must be no reason to call an apply unfinished that has seen it work', () => {
    expect(unfinished(plan(unused))).toEqual([]);
  });
});
