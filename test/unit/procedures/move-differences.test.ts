import { describe, expect, test } from 'vitest';
import { differencesBetween, type TreeEntry } from '../../../src/procedures/move/differences.ts';

const file = (path: string, size = 1): TreeEntry => ({ path, kind: 'file', size });
const directory = (path: string): TreeEntry => ({ path, kind: 'directory', size: 0 });

const repository = [
  file('snapshots/s1'),
  directory('snapshots'),
  file('index/i1'),
  directory('index'),
  file('data/d1', 10),
  directory('data'),
  file('config'),
];

describe('the difference between a repository and its copy', () => {
  test('must be all of it where there is no copy, with what names others after them', () => {
    const { send, remove } = differencesBetween(repository, []);
    expect(send.map(({ path }) => path.split('/')[0])).toEqual([
      ...['config', 'data', 'data', 'index', 'index', 'snapshots', 'snapshots'],
    ]);
    expect(remove).toEqual([]);
  });

  test('must be nothing where the copy is equal', () => {
    expect(differencesBetween(repository, repository)).toEqual({ send: [], remove: [] });
  });

  test('must be what is new, and what was cut off', () => {
    const copy = [...repository.slice(0, 4), file('data/d1', 4), directory('data'), file('config')];
    const own = [...repository, file('data/d2')];
    expect(differencesBetween(own, copy).send).toEqual([file('data/d1', 10), file('data/d2')]);
  });

  test('must remove what is gone, with what names others before them', () => {
    const copy = [...repository, file('data/d0'), file('index/i0'), file('snapshots/s0')];
    expect(differencesBetween(repository, copy)).toEqual({
      send: [],
      remove: ['snapshots/s0', 'index/i0', 'data/d0'],
    });
  });

  test('must leave alone who is at work on either of them', () => {
    const own = [...repository, file('locks/l1')];
    const copy = [...repository, file('locks/l2'), file('tmp/t')];
    expect(differencesBetween(own, copy)).toEqual({ send: [], remove: [] });
  });
});
