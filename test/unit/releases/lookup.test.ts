import { describe, expect, test } from 'vitest';
import {
  findSet,
  gatesBetween,
  isDenied,
  newestSet,
  oldestAfter,
  schemaOf,
} from '../../../src/releases/lookup.ts';
import { builtIn } from '../../../src/releases/releases.ts';
import { compareVersions, versionIn } from '../../../src/releases/versions.ts';

describe('versions', () => {
  test.each([
    ['1.9', '1.10', -1],
    ['v1.163.2', '1.163.2', 0],
    ['17', '17.2', 0],
    ['18', '17.9', 1],
    ['15-alpine3.19', '15.2', 0],
  ])('%s compared with %s must be %i', (one, other, sign) => {
    expect([compareVersions(one, other), compareVersions(other, one)].map(Math.sign)).toEqual(
      sign === 0 ? [0, 0] : [sign, -sign],
    );
  });

  test.each([
    ['matrixdotorg/synapse:v1.163.2@sha256:0123', '1.163.2'],
    ['registry.example:5000/synapse:v1.99.0', '1.99.0'],
    ['registry.example:5000/synapse', undefined],
    ['postgres:17-bookworm', '17'],
    ['traefik:latest', undefined],
  ])('the version of %s must be %s', (image, version) => {
    expect(versionIn(image)).toBe(version);
  });
});

describe('gates', () => {
  const gate = (id: string, version: string, until?: string) => ({
    ...{ id, version, until, part: 'synapse' as const, when: 'always' as const },
    ...{ must: 'hold' as const, text: 'x', remedy: 'y' },
  });
  const document = { gates: [gate('c', '1.151', '1.152'), gate('b', '1.143'), gate('a', '1.143')] };
  const ids = (from: string, to: string) => gatesBetween(document, 'synapse', from, to).map(({ id }) => id);

  test.each([
    ['1.142.1', '1.143.0', ['b', 'a']],
    ['1.142', '1.152.1', ['b', 'a', 'c']],
    ['1.143.0', '1.152', ['c']],
    // Repaired by then.
    ['1.143.0', '1.153', []],
    ['1.142', '1.142.9', []],
    ['1.152', '1.142', []],
  ])('from %s to %s must be %j', (from, to, expected) => {
    expect(ids(from, to)).toEqual(expected);
  });

  test('must be those of the part only', () => {
    expect(gatesBetween(document, 'postgres', '1.0', '9.0')).toEqual([]);
  });
});

test.each([
  ['3.6.3', false],
  ['v3.6.4', true],
  ['3.6.6', true],
  ['3.6.7', false],
  ['3.6', false],
  ['3', false],
])('Traefik %s must be denied: %s', (version, expected) => {
  expect(isDenied(builtIn, 'traefik', version) !== undefined).toBe(expected);
});

test('a set must be found by its name, and the last one be the newest', () => {
  const newest = newestSet(builtIn);
  expect(findSet(builtIn, newest.name)).toBe(newest);
  expect(findSet(builtIn, 'none')).toBeUndefined();
  expect(newestSet({ sets: [newest, { ...newest, name: '2027.01' }] }).name).toBe('2027.01');
});

test.each([
  ['1.95.1', 82, '1.90'],
  ['1.98.0', 83, '1.96'],
  ['1.105.0', 84, '1.96'],
  ['1.105.1', 84, '1.100'],
  ['1.163.2', 94, '1.100'],
  ['1.89', 79, undefined],
  ['1.20', undefined, undefined],
])('Synapse %s must have schema %s, and leave a database that %s can use', (version, schema, oldest) => {
  expect(schemaOf(builtIn, version)?.schema).toBe(schema);
  expect(oldestAfter(builtIn, version)).toBe(oldest);
});
