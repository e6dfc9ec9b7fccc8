import { expect, it } from 'vitest';
import { parseReference } from '../../../lab/images/reference.ts';

it.each([
  ['postgres:17', 'postgres', '17'],
  ['matrixdotorg/synapse:v1.163.2', 'matrixdotorg/synapse', 'v1.163.2'],
  ['localhost:5000/traefik:v3.7.15', 'localhost:5000/traefik', 'v3.7.15'],
])('takes %s apart', (reference, repository, tag) => {
  expect(parseReference(reference)).toEqual({ repository, tag });
});

it.each(['postgres', 'postgres:', 'postgres@sha256:abc', 'Postgres:17'])('refuses %s', (reference) => {
  expect(() => parseReference(reference)).toThrow('Not an image with a tag');
});
