import { expect, test } from 'vitest';
import { registryDigest } from '../../../src/docker/image-reference.ts';

const digests = [
  'registry.example:5000/a/postgres@sha256:0a',
  'postgres@sha256:0b',
  'matrixdotorg/synapse@sha256:0c',
];

test.each([
  ['postgres:17', 'sha256:0b'],
  ['postgres:17@sha256:0b', 'sha256:0b'],
  ['docker.io/library/postgres:17', 'sha256:0b'],
  ['index.docker.io/postgres:17', 'sha256:0b'],
  ['library/postgres:17', 'sha256:0b'],
  ['docker.io/matrixdotorg/synapse:v1', 'sha256:0c'],
  ['registry.example:5000/a/postgres:17', 'sha256:0a'],
  ['registry.example/a/postgres:17', null],
  ['a/postgres:17', null],
])('%s must have the digest %s', (reference, digest) => {
  expect(registryDigest(reference, digests)).toBe(digest);
});
