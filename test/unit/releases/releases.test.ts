import { expect, test } from 'vitest';
import type { ReleaseName } from '../../../src/releases/parts.ts';
import { isBelowFloor } from '../../../src/releases/releases.ts';

test.each<[ReleaseName, string, boolean]>([
  ['synapse', 'matrixdotorg/synapse:v1.157.1', true],
  ['synapse', 'matrixdotorg/synapse:v1.99.0', true],
  ['synapse', 'matrixdotorg/synapse:v1.157.2', false],
  ['synapse', 'matrixdotorg/synapse:v1.164.0', false],
  ['synapse', 'matrixdotorg/synapse:latest', false],
  ['synapse', 'registry.example/synapse:v1.0.0', false],
  ['postgres', 'postgres:14.2', true],
  ['postgres', 'postgres:15.8-bookworm', false],
  ['traefik', 'traefik:v3.6.5', true],
])('%s as %s is below the floor: %s', (name, image, expected) => {
  expect(isBelowFloor(name, image)).toBe(expected);
});
