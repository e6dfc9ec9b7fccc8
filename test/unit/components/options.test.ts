import { expect, test } from 'vitest';
import { imageOption, memoryOption } from '../../../src/components/options.ts';

test.each([
  'postgres:17',
  'docker.io/library/postgres:17',
  'localhost:5000/postgres:17',
  'Registry.Example:443/a/b__c/d-e.f:1.0_x',
  '[::1]:5000/postgres:17',
])('%s must be an image', (image) => {
  expect(imageOption('postgres').safeParse(image).success).toBe(true);
});

test.each([
  'postgres',
  'registry.example:5000/postgres',
  'Postgres:17',
  'a//b:1',
  'a/:1',
  'a::1',
  'a..b:1',
  'a:b:1',
  '-a:1',
  'https://a/b:1',
  `a:${'1'.repeat(129)}`,
  'a:1 ',
  'a:$TAG',
  'a:1@sha256:00',
])('%s must be refused as an image', (image) => {
  expect(imageOption('postgres').safeParse(image).success).toBe(false);
});

test('a digest must be refused by what is done about digests', () => {
  const { error } = imageOption('postgres').safeParse(`postgres:17@sha256:${'0'.repeat(64)}`);
  expect(error?.issues.map(({ message }) => message)).toEqual([
    'must not have a digest: matrix-deploy finds it out, and keeps to it',
  ]);
});

test.each([
  ['6m', true],
  ['999999g', true],
  ['5m', false],
  ['1000000g', false],
  ['0g', false],
  ['1.5g', false],
  ['1G', false],
])('%s as a memory limit must be taken: %s', (memory, isTaken) => {
  expect(memoryOption('1g', '6m').safeParse(memory).success).toBe(isTaken);
});
