import { expect, test } from 'vitest';
import { isDenied } from '../../../src/releases/lookup.ts';
import { type ReleaseDocument, releaseDocument } from '../../../src/releases/release-document.ts';
import { builtIn } from '../../../src/releases/releases.ts';
import { compareVersions } from '../../../src/releases/versions.ts';

test('what is built in must be valid', () => {
  expect(releaseDocument.parse(builtIn)).toEqual(builtIn);
});

test('what is built in must have its facts about Synapse in ascending order', () => {
  const froms = builtIn.synapse.schema.map(({ from }) => from);
  expect(froms.toSorted(compareVersions)).toEqual(froms);
});

test('no set that is built in must have a version that is denied or below a floor', () => {
  for (const { images } of builtIn.sets) {
    for (const part of ['synapse', 'postgres', 'traefik', 'restic'] as const) {
      expect(compareVersions(images[part].tag, builtIn.floors[part].version)).toBeGreaterThanOrEqual(0);
      expect(isDenied(builtIn, part, images[part].tag)).toBeUndefined();
    }
  }
});

const [set] = builtIn.sets;
const [gate] = builtIn.gates;

test.each<[string, object]>([
  ['no serial', { serial: undefined }],
  ['a serial that is no whole number', { serial: 1.5 }],
  ['a date that is none', { issued: '2026-02-30' }],
  ['an end before its beginning', { expires: builtIn.issued }],
  ['no set', { sets: [] }],
  ['two sets of one name', { sets: [set, set] }],
  ['a set without an image', { sets: [{ ...set, images: { ...set?.images, restic: undefined } }] }],
  ['a digest that is none', { sets: [withDigest('sha256:0')] }],
  ['a gate of an unknown kind', { gates: [{ ...gate, when: 'at night' }] }],
  ['a gate of an override that it does not name', { gates: [{ ...gate, when: 'override' }] }],
  ['two gates of one name', { gates: [gate, gate] }],
])('a document with %s must be invalid', (_, change) => {
  expect(releaseDocument.safeParse({ ...builtIn, ...change }).success).toBe(false);
});

test('a document with more than is known must be valid: a later version may say more', () => {
  expect(releaseDocument.safeParse({ ...builtIn, more: true }).success).toBe(true);
});

function withDigest(digest: string): ReleaseDocument['sets'][number] | undefined {
  const synapse = set && { ...set.images.synapse, digests: { 'linux/amd64': digest } };
  return set && synapse && { ...set, images: { ...set.images, synapse } };
}
