import { expect, test } from 'vitest';
import { downgrade } from '../../../src/components/synapse/downgrade.ts';

const now = 'matrixdotorg/synapse:v1.163.2';

test.each([
  [now, now, undefined],
  ['matrixdotorg/synapse:v1.164.0', now, undefined],
  ['matrixdotorg/synapse:v1.163.2', `${now}@sha256:0123`, undefined],
  ['matrixdotorg/synapse:v1.160.0', `${now}@sha256:0123`, 'warning'],
  ['matrixdotorg/synapse:v1.163.1', now, 'warning'],
  ['registry.example:5000/synapse:v1.100.0', now, 'warning'],
  ['registry.example:5000/synapse:v1.99.0', now, 'refused'],
  ['registry.example:5000/synapse:1.95', now, 'refused'],
  // Before 1.105.1 the database was marked otherwise.
  ['mine/synapse:v1.96.0', 'mine/synapse:v1.105.0', 'warning'],
  ['mine/synapse:v1.95.0', 'mine/synapse:v1.98.0', 'refused'],
  ['mine/synapse:latest', now, undefined],
  ['matrixdotorg/synapse:v1.150.0', 'mine/synapse:latest', undefined],
  ['mine/synapse:2026-01-01', now, undefined],
])('%s after %s must be judged: %s', (image, before, verdict) => {
  expect(downgrade(image, before)?.verdict).toBe(verdict);
});
