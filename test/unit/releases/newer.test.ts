import { expect, test } from 'vitest';
import { newerTags, unfitImage } from '../../../src/releases/newer.ts';
import { builtIn } from '../../../src/releases/releases.ts';

test.each([
  [
    'v1.160.0',
    ['v1.163.2', 'v1.164.0rc1', 'v1.164.0', 'v1.159.0', 'latest', 'v1.164', 'v1.163.2-py3'],
    ['v1.164.0', 'v1.163.2'],
  ],
  ['v1.163.2', ['v1.163.2', 'v1.163.10'], ['v1.163.10']],
  ['latest', ['v1.164.0'], []],
])('after %s of %j must be newer: %j', (tag, tags, expected) => {
  expect(newerTags(builtIn, 'synapse', tag, tags).map((one) => one.tag)).toEqual(expected);
});

test('whether a newer version was tested, or is denied, must be said', () => {
  expect(newerTags(builtIn, 'traefik', 'v3.6.3', ['v3.7.15', 'v3.7.16', 'v3.6.5'])).toEqual([
    { tag: 'v3.7.16', testedIn: null, denied: null },
    { tag: 'v3.7.15', testedIn: '2026.11', denied: null },
    { tag: 'v3.6.5', testedIn: null, denied: expect.any(String) },
  ]);
});

test('variants of an image must be compared with their like', () => {
  const tags = ['18', '18.1', '18-bookworm', '17-trixie', '19-bookworm'];
  expect(newerTags(builtIn, 'postgres', '17-bookworm', tags).map(({ tag }) => tag)).toEqual([
    '19-bookworm',
    '18-bookworm',
  ]);
});

test.each([
  ['matrixdotorg/synapse:v1.157.1@sha256:0123', true],
  ['matrixdotorg/synapse:v1.157.2', false],
  ['traefik:v3.6.5', true],
  ['traefik:latest', false],
  ['registry.example/synapse:v1.0.0', false],
])('%s must be unfit: %s', (image, expected) => {
  expect(unfitImage(builtIn, image) !== undefined).toBe(expected);
});
