import { describe, expect, test } from 'vitest';
import { mountOf } from '../../../../src/host/health/mounts.ts';
import { type FileSystem, judgeFileSystem } from '../../../../src/host/health/storage.ts';

const gigabyte = 1e9;

function fileSystem(different: Partial<FileSystem>): FileSystem {
  return {
    mountPoint: '/srv',
    type: 'ext4',
    places: ['/srv/matrix'],
    isReadOnly: false,
    totalBytes: 40 * gigabyte,
    freeBytes: 30 * gigabyte,
    inodes: 1_000_000,
    freeInodes: 900_000,
    trend: null,
    ...different,
  };
}

describe('a file system', () => {
  test.each<[string, Partial<FileSystem>, string[]]>([
    ['with room', {}, []],
    ['that is full', { freeBytes: 0 }, ['failed']],
    ['where a few segments of a log fit', { freeBytes: 0.1 * gigabyte }, ['failed']],
    ['that is nearly full', { freeBytes: 3 * gigabyte }, ['warning']],
    ['that is huge, with a small share left', { totalBytes: 4e12, freeBytes: 60 * gigabyte }, []],
    ['that is small, and empty', { totalBytes: 1.4 * gigabyte, freeBytes: 1.3 * gigabyte }, []],
    ['that is tiny, and empty', { totalBytes: 1e8, freeBytes: 1e8 }, []],
    ['without inodes left', { freeInodes: 0 }, ['failed']],
    ['with few inodes left', { freeInodes: 30_000 }, ['warning']],
    ['without a fixed number of files', { inodes: 0, freeInodes: 0 }, []],
    ['that may only be read', { isReadOnly: true }, ['failed']],
    ['that is full in a week', { trend: { bytesPerDay: 4e9, observedDays: 2, fullInDays: 7 } }, ['warning']],
    ['that is full in a year', { trend: { bytesPerDay: 1e8, observedDays: 2, fullInDays: 300 } }, []],
    ['that gets emptier', { trend: { bytesPerDay: -1e9, observedDays: 2, fullInDays: undefined } }, []],
  ])('%s', (_title, different, verdicts) => {
    expect(judgeFileSystem(fileSystem(different)).map(({ verdict }) => verdict)).toEqual(verdicts);
  });

  test('must be named by what is exhausted', () => {
    const said = (different: Partial<FileSystem>) => judgeFileSystem(fileSystem(different))[0]?.finding;
    expect(said({ freeBytes: 0 })).toContain('/srv (ext4) is full');
    expect(said({ freeInodes: 0 })).toContain('inodes');
    expect(said({ isReadOnly: true })).toContain('read-only');
  });
});

describe('the file system of a path', () => {
  const mountInfo = [
    '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro',
    '30 22 8:2 / /srv rw,relatime - ext4 /dev/sdb1 ro',
    '31 22 8:3 / /srv/matrix\\040data ro,nosuid - xfs /dev/sdc1 rw',
    '32 22 8:4 / /srvother rw - btrfs /dev/sdd1 rw',
    '33 22 0:9 / /over rw - tmpfs tmpfs rw',
    '34 22 0:9 / /over rw - ext4 /dev/sde1 rw',
  ].join('\n');

  test.each([
    ['/opt/matrix', { mountPoint: '/', type: 'ext4', isReadOnly: false }],
    ['/srv/matrix', { mountPoint: '/srv', type: 'ext4', isReadOnly: true }],
    ['/srv', { mountPoint: '/srv', type: 'ext4', isReadOnly: true }],
    ['/srv/matrix data/x', { mountPoint: '/srv/matrix data', type: 'xfs', isReadOnly: true }],
    ['/srvother/x', { mountPoint: '/srvother', type: 'btrfs', isReadOnly: false }],
    ['/over/x', { mountPoint: '/over', type: 'ext4', isReadOnly: false }],
  ])('%s', (path, mount) => {
    expect(mountOf(path, mountInfo)).toEqual(mount);
  });

  test('must be unknown where the kernel tells nothing', () => {
    expect(mountOf('/srv', '')).toBeUndefined();
  });
});
