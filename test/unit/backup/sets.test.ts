import { describe, expect, test } from 'vitest';
import { differencesOf, leftOutOf, parseRows, partsOf } from '../../../src/backup/contents.ts';
import { parseManifest } from '../../../src/backup/manifest.ts';
import { setsToForget } from '../../../src/backup/retention.ts';
import { momentOf, newSetId, readTags, tagsOf } from '../../../src/backup/set.ts';
import type { DataSpec } from '../../../src/components/data.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { localConfig } from '../../fakes/configurations.ts';

describe('a set', () => {
  const id = newSetId(new Date('2026-11-28T19:45:01.234Z'), () => Uint8Array.from([0x3f, 0xa9]));

  test('must be named for its moment', () => {
    expect(id).toBe('20261128-194501-3fa9');
    expect(momentOf(id)).toEqual(new Date('2026-11-28T19:45:01Z'));
  });

  test('must be found again by the tags of its snapshots, and by no others', () => {
    expect(readTags(tagsOf(id, 'manifest'))).toEqual({ set: id, part: 'manifest' });
    expect(readTags(['set=../x', 'part=manifest'])).toBeUndefined();
    expect(readTags(['nightly'])).toBeUndefined();
  });
});

describe('what a set consists of', () => {
  const stack = describeStack(localConfig, {});

  test('must follow from the components, databases first', () => {
    expect(partsOf(stack).map(({ name }) => name)).toEqual([
      'database-synapse',
      'digests-synapse',
      'data-synapse',
    ]);
  });

  test('must have the data of a component that nobody has heard of, and say what it leaves out', () => {
    const toy: DataSpec = {
      path: 'data/toy',
      witnessed: '',
      owner: { uid: 7, gid: 7 },
      mode: 0o700,
      directories: [],
      restrictedFiles: [],
      saved: { kind: 'copy', skip: [{ name: 'scratch', reason: 'is made again' }] },
    };
    const queue: DataSpec = { ...toy, path: 'data/queue', saved: { kind: 'skip', reason: 'is of one run' } };
    const grown = { dumps: stack.dumps, data: [...stack.data, toy, queue] };
    expect(partsOf(grown).at(-1)).toEqual({
      name: 'data-toy',
      kind: 'data',
      path: 'data/toy',
      owner: { uid: 7, gid: 7 },
      exclude: ['scratch'],
    });
    const left = leftOutOf(grown);
    expect(left).toContainEqual({ name: 'data/toy/scratch', reason: 'is made again' });
    expect(left).toContainEqual({ name: 'data/queue', reason: 'is of one run' });
  });
});

describe('the rows of a dump', () => {
  const dump = { database: 'd', counted: ['users', 'rooms'] };
  const made = { users: 3, rooms: 0 };

  test('must be read among other lines', () => {
    expect(parseRows(['rows users 3', 'WARNING: rows', 'rows rooms 0'])).toEqual(made);
  });

  test.each([
    [{ users: 3, rooms: 0 }, 0],
    [{ users: 2, rooms: 0 }, 1],
    [{ users: 3 }, 1],
    [{}, 2],
  ])('read back as %j must differ in %i tables', (read, count) => {
    expect(differencesOf(dump, made, read)).toHaveLength(count);
  });

  test('must differ where nobody has counted them', () => {
    expect(differencesOf(dump, {}, {})).toHaveLength(2);
  });
});

describe('retention', () => {
  const set = (day: string, state: 'verified' | 'damaged' | 'unverified' = 'verified') => ({
    id: `${day}-030000-0000`,
    state,
  });
  const none = { daily: 0, weekly: 0, monthly: 0 };

  test('must keep the newest of each day, week and month', () => {
    const sets = ['20261101', '20261115', '20261122', '20261123', '20261124'].map((day) => set(day));
    expect(setsToForget(sets, { daily: 2, weekly: 2, monthly: 1 })).toEqual([
      '20261101-030000-0000',
      '20261115-030000-0000',
    ]);
  });

  test('must keep one a day of two', () => {
    const early = { id: '20261124-010000-0000', state: 'verified' as const };
    expect(setsToForget([early, set('20261124')], { ...none, daily: 3 })).toEqual([early.id]);
  });

  test('must keep the latest verified one and all that is newer, whatever the numbers say', () => {
    const sets = [
      set('20261120'),
      set('20261121'),
      set('20261122', 'unverified'),
      set('20261123', 'damaged'),
    ];
    expect(setsToForget(sets, none)).toEqual(['20261120-030000-0000']);
  });

  test('must remove nothing where nothing is verified', () => {
    expect(setsToForget([set('20261120', 'damaged'), set('20261121', 'unverified')], none)).toEqual([]);
  });

  test('must keep what is pinned', () => {
    const sets = [set('20261120'), set('20261121')];
    expect(setsToForget(sets, none, new Set(['20261120-030000-0000']))).toEqual([]);
  });
});

describe('a manifest', () => {
  const id = '20261128-194501-3fa9';
  const manifest = {
    format: 1,
    set: id,
    startedAt: '2026-11-28T19:45:01.000Z',
    finishedAt: '2026-11-28T19:45:31.000Z',
    version: '0.1.0',
    serverName: 'example.org',
    identities: {},
    images: {},
    parts: [],
    databases: [],
    skipped: [],
    checks: [],
  };

  test('must be read as it was written', () => {
    expect(parseManifest(JSON.stringify(manifest), id)).toEqual(manifest);
  });

  test.each([
    ['of a newer version', { ...manifest, format: 2 }, 'backup.manifest.newer'],
    ['of another set', { ...manifest, set: '20261128-194501-0000' }, 'backup.manifest.invalid'],
    ['without parts', { ...manifest, parts: undefined }, 'backup.manifest.invalid'],
    ['that is none', [], 'backup.manifest.invalid'],
  ])('%s must be refused', (_, other, code) => {
    expect(() => parseManifest(JSON.stringify(other), id)).toThrowError(expect.objectContaining({ code }));
  });
});
