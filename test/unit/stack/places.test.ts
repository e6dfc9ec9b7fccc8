import { describe, expect, test } from 'vitest';
import { judgePlace, type PlaceSeen, placesOf } from '../../../src/stack/places.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { localConfig } from '../../fakes/configurations.ts';

const stack = describeStack(localConfig, {});
const synapse = { name: 'synapse', user: { uid: 991, gid: 991 } };
const data = { path: 'data/synapse', writable: true, followed: true, deep: true };
const config = { path: 'synapse', writable: false, followed: true, deep: false };
const own: PlaceSeen = {
  kind: 'there',
  isDirectory: true,
  uid: 991,
  gid: 991,
  mode: 0o700,
  isFull: false,
};
const roots = { ...own, uid: 0, gid: 0 };

test('the places of a service must be its mounts, the files in them and the directories of its data', () => {
  const service = stack.services.find(({ name }) => name === 'synapse');
  const paths = service === undefined ? [] : placesOf(service, stack).map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'data/synapse',
      'data/synapse/media_store',
      'synapse',
      'synapse/homeserver.yaml',
      'secrets/signing.key',
    ]),
  );
  expect(paths).not.toContain('traefik');
});

describe('a place', () => {
  test.each<[string, typeof data, PlaceSeen]>([
    ['its own data', data, own],
    ['configuration that all may read', config, { ...roots, mode: 0o755 }],
    ['configuration that its group may read', config, { ...roots, gid: 991, mode: 0o750 }],
    ['configuration on a full disk', config, { ...roots, mode: 0o755, isFull: true }],
  ])('must not be blamed: %s', (_, place, seen) => {
    expect(judgePlace(synapse, place, seen)).toBeUndefined();
  });

  test.each<[string, typeof data, PlaceSeen, RegExp, RegExp]>([
    ['is gone', data, { kind: 'missing' }, /is not there/, /mount it/],
    ['is a link', data, { kind: 'link', leadsTo: '/mnt/big' }, /link to \/mnt\/big/, /mount --bind/],
    ['lost its owner', data, roots, /belongs to user 0/, /chown -R 991:991 data\/synapse/],
    [
      'holds what lost its owner',
      data,
      { ...own, foreign: { name: 'media_store', uid: 0 } },
      /data\/synapse\/media_store belongs to user 0/,
      /chown -R 991:991 data\/synapse/,
    ],
    ['is closed to its owner', data, { ...own, mode: 0o500 }, /mode of data\/synapse is 0500/, /chmod 0700/],
    ['is closed to others', config, { ...roots, mode: 0o700 }, /mode of synapse is 0700/, /chmod 0755/],
    [
      'is a file that is closed to others',
      { ...config, path: 'synapse/homeserver.yaml' },
      { ...roots, isDirectory: false, mode: 0o600 },
      /mode of synapse\/homeserver.yaml/,
      /chmod 0644/,
    ],
    ['is on a full disk', data, { ...own, isFull: true }, /full/, /df -h/],
  ])('that %s must be named, with what to do', (_, place, seen, cause, remedy) => {
    expect(judgePlace(synapse, place, seen)).toEqual({
      cause: expect.stringMatching(cause),
      remedy: expect.stringMatching(remedy),
    });
  });
});
