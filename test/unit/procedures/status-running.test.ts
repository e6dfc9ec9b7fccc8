import { expect, test } from 'vitest';
import { reconcile } from '../../../src/plan/reconcile.ts';
import { judgeRunning } from '../../../src/procedures/status/running.ts';
import type { RunningFacts } from '../../../src/stack/running.ts';
import { localConfig } from '../../fakes/configurations.ts';
import { appliedHost, desiredOf } from '../../fakes/observed.ts';

const applied = appliedHost(localConfig);
const judged = (observed: typeof applied) =>
  judgeRunning(reconcile(desiredOf(localConfig), observed), observed).map(({ verdict, finding }) => [
    verdict,
    finding,
  ]);

test('what runs as it was made must be no finding', () => {
  expect(judged(applied)).toEqual([]);
});

test('a container that was changed by hand must be named, with what was changed', () => {
  const facts = applied.running['postgres-container'] as RunningFacts;
  const running = {
    ...applied.running,
    'postgres-container': { ...facts, network: [...facts.network, 'bridge'] },
  };
  expect(judged({ ...applied, running })).toEqual([
    ['failed', 'postgres was changed by hand: network bridge added'],
  ]);
});

test('a container of somebody else on a network of ours must be named, and our own not', () => {
  const [name = '', network] = Object.entries(applied.networks)[0] ?? [];
  if (network === undefined) {
    throw new Error('the stack has no network');
  }
  const containers = [
    { id: 'postgres-container', name: 'postgres' },
    { id: 'x', name: 'exporter' },
  ];
  expect(
    judged({ ...applied, networks: { ...applied.networks, [name]: { ...network, containers } } }),
  ).toEqual([['warning', `the container exporter is on the network ${name}, and is no part of this server`]]);
});
