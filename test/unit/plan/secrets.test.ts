import { describe, expect, test } from 'vitest';
import type { ObservedState } from '../../../src/plan/observed-state.ts';
import { reconcile } from '../../../src/plan/reconcile.ts';
import { localConfig } from '../../fakes/configurations.ts';
import { appliedHost, desiredOf } from '../../fakes/observed.ts';

const applied = appliedHost(localConfig);
const plan = (observed: Partial<ObservedState>) =>
  reconcile(desiredOf(localConfig), { ...applied, ...observed });
const without = (...gone: string[]) => ({
  secrets: new Set([...applied.secrets].filter((name) => !gone.includes(name))),
});
const created = (observed: Partial<ObservedState>) =>
  plan(observed).flatMap((one) => (one.kind === 'create-secret' ? [one.secret.name] : []));
const recreated = (observed: Partial<ObservedState>) =>
  plan(observed).flatMap((one) =>
    one.kind === 'start-service' && one.change === 'recreate' ? [one.service] : [],
  );

describe('a secret of which others are made', () => {
  test.each([
    ["a certificate's key", 'localhost.key', ['localhost.key', 'localhost.pem']],
    ["the local CA's key", 'local_ca.key', ['local_ca.key', 'local_ca.pem', 'localhost.pem']],
    ['the certificate of the local CA', 'local_ca.pem', ['local_ca.pem', 'localhost.pem']],
    ['none', 'localhost.pem', ['localhost.pem']],
  ])('must be created again together with them: %s', (_title, gone, names) => {
    expect(created(without(gone)).sort()).toEqual([...names].sort());
    expect(recreated(without(gone))).toEqual(['traefik']);
  });

  test('must be created first, and what is made of it be removed before', () => {
    const operations = plan(without('local_ca.key'));
    const key = operations.find(({ id }) => id === 'create-secret secrets/local_ca.key');
    expect(key).toMatchObject({ replaces: ['local_ca.pem', 'localhost.pem'] });
    const restart = operations.find(({ kind }) => kind === 'start-service');
    expect(restart?.after).toEqual(
      expect.arrayContaining(['create-secret secrets/local_ca.key', 'create-secret secrets/localhost.pem']),
    );
  });
});

test('a service that a run which died has not started again must be', () => {
  expect(recreated({ unread: { traefik: 'secrets/localhost.pem' } })).toEqual(['traefik']);
});

test('nothing must be created or started again where every secret is there', () => {
  expect(plan({})).toEqual([]);
});
