import { expect, test } from 'vitest';
import {
  bytesIn,
  followingOptions,
  largestBody,
  untakenAnswerBytes,
} from '../../../src/components/synapse/limits.ts';
import { readSeconds } from '../../../src/components/traefik/timeouts.ts';

test.each([
  ['9K', 9_216],
  ['50M', 52_428_800],
  ['2G', 2_147_483_648],
])('%s must be as many bytes as Synapse reads', (size, bytes) => {
  expect(bytesIn(size)).toBe(bytes);
});

test.each([
  ['1M', 13_107_200],
  ['50M', 52_428_800],
])('a homeserver with uploads of up to %s must take requests of %i bytes', (max_upload_size, bytes) => {
  expect(largestBody({ max_upload_size })).toBe(bytes);
});

test.each([
  ['256m', 67_108_864],
  ['2g', 536_870_912],
])('with %s, answers that nobody takes must hold no more than %i bytes', (memory, bytes) => {
  expect(untakenAnswerBytes({ memory })).toBe(bytes);
});

test.each([
  [[], 3_600],
  [[52_428_800], 3_600],
  // What goes over the slowest line in an hour, and a byte more.
  [[115_200_000], 3_600],
  [[115_200_001], 7_200],
  [[9_216, 2_147_483_648], 68_400],
])('the proxy must wait for requests of %j bytes for %i seconds', (bodies, seconds) => {
  expect(readSeconds(bodies)).toBe(seconds);
});

test.each([
  ['50M', '2g', {}],
  ['500M', '512m', {}],
  ['501M', '2g', { remote_media_download_burst_count: '501M' }],
  ['2G', '256m', { remote_media_download_burst_count: '2G', max_image_pixels: 16_777_216 }],
])('uploads of %s and a memory of %s must be followed by %j', (max_upload_size, memory, options) => {
  expect(followingOptions({ max_upload_size, memory })).toEqual(options);
});
