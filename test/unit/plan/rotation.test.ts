import { describe, expect, test } from 'vitest';
import type { ObservedState } from '../../../src/plan/observed-state.ts';
import { reconcile } from '../../../src/plan/reconcile.ts';
import { rotatedFor, withRotations } from '../../../src/plan/rotation.ts';
import { localConfig } from '../../fakes/configurations.ts';
import { appliedHost, desiredOf } from '../../fakes/observed.ts';

const applied = appliedHost(localConfig);
const { stack } = desiredOf(localConfig);
const now = new Date('2026-01-01T00:00:00Z');
const named = (name: string) => stack.secrets.filter((secret) => secret.name === name);
const plan = (observed: Partial<ObservedState>) =>
  reconcile(desiredOf(localConfig), { ...applied, ...observed });
const rotated = (name: string) => plan(withRotations(applied, named(name), now));
const shown = (operations: ReturnType<typeof plan>) =>
  operations
    .filter(({ kind }) => ['create-secret', 'provision', 'start-service'].includes(kind))
    .map(({ kind, resource }) => `${kind} ${resource}`)
    .sort();

describe('a secret that is rotated', () => {
  test.each([
    ['form_secret', ['create-secret secrets/form_secret', 'start-service service synapse']],
    [
      'synapse_database_password',
      [
        'create-secret secrets/synapse_database_password',
        'create-secret secrets/synapse_pg_service.conf',
        'provision database synapse',
        'start-service service synapse',
      ],
    ],
    [
      'localhost.key',
      [
        'create-secret secrets/localhost.key',
        'create-secret secrets/localhost.pem',
        'start-service service traefik',
      ],
    ],
    ['signing.key', ['create-secret secrets/signing.key', 'start-service service synapse']],
  ])('must be replaced with what is made of it and what holds it, and be read: %s', (name, operations) => {
    expect(shown(rotated(name))).toEqual(operations);
  });

  test('must reach the database right before the restart of those who use it', () => {
    const operations = rotated('synapse_database_password');
    const afterOf = (id: string) => operations.find((operation) => operation.id === id)?.after;
    expect(afterOf('provision database synapse')).toEqual(
      expect.arrayContaining([
        'create-secret secrets/synapse_database_password',
        'check-configuration configuration of synapse',
      ]),
    );
    expect(afterOf('start-service service synapse')).toContain('provision database synapse');
  });

  test('must be another one only once: what came for a predecessor stays', () => {
    const { identity, rotating } = withRotations(applied, named('signing.key'), now);
    const seen = { ...identity.seen, 'secrets/signing.key': 'ed25519:a_new key' };
    expect(plan({ rotating, identity: { ...identity, seen } })).toEqual([]);
  });

  test('must be made even where it is lost', () => {
    const lost = {
      ...applied,
      secrets: new Set([...applied.secrets].filter((one) => one !== 'signing.key')),
    };
    expect(shown(plan(withRotations(lost, named('signing.key'), now)))).toContain(
      'create-secret secrets/signing.key',
    );
    expect(() => plan(lost)).toThrow('secrets/signing.key is gone');
  });
});

test.each([
  ['localhost.pem', 'localhost.key'],
  ['local_ca.pem', 'local_ca.key'],
  ['synapse_pg_service.conf', 'synapse_database_password'],
  ['signing.key', 'signing.key'],
  ['none', undefined],
])('%s must be rotated with %s', (name, source) => {
  expect(rotatedFor(name, stack.secrets)?.name).toBe(source);
});

test('every secret must say how it is rotated, or be made of one that does', () => {
  for (const { name } of stack.secrets) expect(rotatedFor(name, stack.secrets)?.rotation, name).toBeDefined();
});

describe('a database that the password does not open', () => {
  const closed = { provisions: new Map([['database synapse', 'closed' as const]]) };

  test('must be given it, and who uses it be started again', () => {
    expect(shown(plan(closed))).toEqual(['provision database synapse', 'start-service service synapse']);
  });

  test('must be given a new one where it is lost', () => {
    const secrets = new Set([...applied.secrets].filter((one) => one !== 'synapse_database_password'));
    expect(shown(plan({ secrets }))).toEqual(shown(rotated('synapse_database_password')));
  });
});

test('what is not made of the others that are there must be made again', () => {
  expect(shown(plan({ mismatched: new Set(['synapse_pg_service.conf']) }))).toEqual([
    'create-secret secrets/synapse_pg_service.conf',
    'start-service service synapse',
  ]);
});
