import { expect, test } from 'vitest';
import { PreflightError } from '../../../src/errors.ts';
import { refuseFull, spaceNeeds } from '../../../src/procedures/restore/space.ts';

const gibibyte = 2 ** 30;
const part = { name: '', subject: '', snapshot: '', path: '', added: 0, files: 0 };
const manifest = {
  parts: [
    { ...part, kind: 'database' as const, bytes: 3 * gibibyte },
    { ...part, kind: 'data' as const, bytes: 2 * gibibyte, files: 2 ** 18 },
  ],
};

/** Each place with its file system and what is free there. */
const surroundingsWith = (places: Record<string, { device: number; free: number }>) => ({
  surroundings: async () =>
    ({
      machine: {
        space: async (path: string) => ({
          path,
          device: places[path]?.device,
          freeBytes: (places[path]?.free ?? 0) * gibibyte,
        }),
      },
    }) as never,
});

test('a set must need its files, twice its dumps and a reserve, and the dumps once more where they are copied', () => {
  const needs = (copiesDumps: boolean) =>
    spaceNeeds(manifest, { directory: '/d', databases: '/p', copiesDumps }).map(({ path, bytes }) => [
      path,
      bytes / gibibyte,
    ]);
  expect(needs(false)).toEqual([
    ['/p', 7],
    ['/d', 3],
  ]);
  expect(needs(true)).toEqual([
    ['/p', 7],
    ['/d', 6],
  ]);
});

test.each([
  ['one file system', { '/d': { device: 1, free: 9 }, '/p': { device: 1, free: 9 } }, '10.0 GiB'],
  ['the place of the databases', { '/d': { device: 1, free: 99 }, '/p': { device: 2, free: 6 } }, '7.0 GiB'],
])('what does not fit on %s must be refused with the figures', async (_, places, needed) => {
  const needs = spaceNeeds(manifest, { directory: '/d', databases: '/p', copiesDumps: false });
  const refusal = refuseFull(surroundingsWith(places), needs);
  await expect(refusal).rejects.toThrow(PreflightError);
  await expect(refusal).rejects.toMatchObject({ details: [expect.stringContaining(needed)] });
});

test('what fits on each file system must pass', async () => {
  const needs = spaceNeeds(manifest, { directory: '/d', databases: '/p', copiesDumps: false });
  const places = { '/d': { device: 1, free: 4 }, '/p': { device: 2, free: 8 } };
  await refuseFull(surroundingsWith(places), needs);
});
