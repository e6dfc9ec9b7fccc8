import { describe, expect, test } from 'vitest';
import { describeChange, versionChanges } from '../../../src/plan/version-changes.ts';
import type { Stack } from '../../../src/stack/stack.ts';

const services = [{ name: 'synapse', image: 'synapse:v2@sha256:b' }] as unknown as Stack['services'];
const files = (image: string) => ({
  'docker-compose.yml': JSON.stringify({ services: { synapse: { image } } }),
});

describe('another image', () => {
  test('must be told by its tag', () => {
    expect(versionChanges({ services }, { files: files('synapse:v1@sha256:a'), isInstalled: true })).toEqual([
      { service: 'synapse', from: 'synapse:v1', to: 'synapse:v2' },
    ]);
  });

  test.each([
    ['of the same tag', files('synapse:v2'), true],
    ['before anything has served', files('synapse:v1'), false],
    ['of a service that is new', {}, true],
  ])('must be no change of version %s', (_case, found, isInstalled) => {
    expect(versionChanges({ services }, { files: found, isInstalled })).toEqual([]);
  });
});

test.each([
  ['synapse:v1.157.2', 'synapse:v1.163.2', 'synapse 1.157.2 -> 1.163.2'],
  [
    'synapse:v1.157.2',
    'mirror.test/synapse:v1.163.2',
    'synapse synapse:v1.157.2 -> mirror.test/synapse:v1.163.2',
  ],
  ['synapse:latest', 'synapse:v1', 'synapse synapse:latest -> synapse:v1'],
])('from %s to %s must be told as %s', (from, to, text) => {
  expect(describeChange({ service: 'synapse', from, to })).toBe(text);
});
