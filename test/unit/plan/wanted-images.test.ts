import { describe, expect, test } from 'vitest';
import { type Images, type VersionWish, wantedImages } from '../../../src/plan/wanted-images.ts';
import { builtIn } from '../../../src/releases/releases.ts';

const tested = { image: 'x', tag: 'v1', digests: {} };
const set = (name: string, synapse: string) => ({
  name,
  images: {
    synapse: { image: 'matrixdotorg/synapse', tag: synapse, digests: {} },
    postgres: { image: 'postgres', tag: '17', digests: {} },
    traefik: { image: 'traefik', tag: 'v3.7.15', digests: {} },
    element: tested,
    heisenbridge: tested,
    restic: tested,
  },
});
const document = { ...builtIn, sets: [set('2026.10', 'v1.160.0'), set('2026.11', 'v1.163.2')] };
const current: Images = {
  synapse: 'matrixdotorg/synapse:v1.158.0',
  postgres: 'postgres:17',
  traefik: 'traefik:v3.7.14',
};
const want = (wish: Partial<VersionWish>, images: Partial<Images> = {}) =>
  wantedImages(document, { ...current, ...images }, { versions: {}, ...wish });

describe('without a version, the newest tested set', () => {
  test('must be wanted', () => {
    expect(want({})).toEqual({
      set: '2026.11',
      images: { ...current, synapse: 'matrixdotorg/synapse:v1.163.2', traefik: 'traefik:v3.7.15' },
      left: [],
    });
  });

  test.each<[string, Partial<Images>]>([
    ['a mirror', { synapse: 'mirror.test/synapse:v1.158.0' }],
    ['a newer version', { synapse: 'matrixdotorg/synapse:v1.164.0' }],
    ['a tag that is no version', { synapse: 'matrixdotorg/synapse:latest' }],
    ['data of another major release', { postgres: 'postgres:16' }],
  ])('must leave %s alone, and say so', (_case, images) => {
    const [[part, image] = []] = Object.entries(images);
    expect(want({}, images)).toMatchObject({ images, left: [{ part, image }] });
  });
});

test('a set that is named must be wanted', () => {
  expect(want({ to: '2026.10' })).toMatchObject({
    set: '2026.10',
    images: { synapse: 'matrixdotorg/synapse:v1.160.0' },
  });
});

test.each<[string, VersionWish['versions'], Partial<Images>]>([
  ['a version', { synapse: '1.161.0' }, { synapse: 'matrixdotorg/synapse:v1.161.0' }],
  ['a version as a tag has it', { synapse: 'v1.161.0' }, { synapse: 'matrixdotorg/synapse:v1.161.0' }],
  ['a version of Postgres, whose tags have no v', { postgres: '17.5' }, { postgres: 'postgres:17.5' }],
  ['an image', { traefik: 'mirror.test:5000/traefik:v4' }, { traefik: 'mirror.test:5000/traefik:v4' }],
])('%s must be taken, and everything else stay', (_case, versions, images) => {
  expect(want({ versions })).toEqual({ images: { ...current, ...images }, left: [] });
});

test('a part that a deployment does not have must not be upgraded', () => {
  expect(want({ versions: { element: '1.12.30' } })).toMatchObject({
    fault: 'element is not part of this deployment',
  });
});

test('a part that is optional must go with a set where a deployment has it', () => {
  const image = (tag: string) => `${tested.image}:${tag}`;
  expect(want({}, { element: image('v0.9') })).toMatchObject({ images: { element: image('v1') } });
});

test('another kind of image of Postgres must stay one when a version of it is asked for', () => {
  const alpine = { postgres: 'postgres:17.5-alpine' };
  const image = (version: string) => want({ versions: { postgres: version } }, alpine);
  expect(image('18')).toMatchObject({ images: { postgres: 'postgres:18-alpine' } });
  expect(image('18-bookworm')).toMatchObject({ images: { postgres: 'postgres:18-bookworm' } });
});

test('a mirror must stay one when a version of it is asked for', () => {
  expect(
    want({ versions: { synapse: '1.161.0' } }, { synapse: 'mirror.test/synapse:v1.158.0' }),
  ).toMatchObject({ images: { synapse: 'mirror.test/synapse:v1.161.0' } });
});

test.each<Partial<VersionWish>>([{ to: '2020.01' }, { versions: { synapse: 'newest' } }])(
  'what is no version must be refused: %j',
  (wish) => {
    expect(want(wish)).toMatchObject({ fault: expect.any(String) });
  },
);
