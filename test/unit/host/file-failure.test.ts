import { open, readdir } from 'node:fs/promises';
import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { fileFailure } from '../../../src/host/file-failure.ts';
import { readIfExists } from '../../../src/host/files.ts';
import { mountPointsBelow } from '../../../src/host/health/mounts.ts';

const codes = ['ENOSPC', 'EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EMFILE', 'ENAMETOOLONG', 'ENOTDIR', 'EIO'];

test.each(codes)('%s must be told with what was wanted, why not, and what to do', (code) => {
  expect(constants.errno).toHaveProperty(code);
  const error = Object.assign(new Error('x'), { code, syscall: 'open', path: '/srv/file' });
  const failure = fileFailure(error);
  expect(failure).toBeInstanceOf(UserError);
  expect(failure).toMatchObject({
    code: `file.${code.toLowerCase()}`,
    message: expect.stringMatching(/^\/srv\/file could not be opened: .+/),
    hint: expect.stringMatching(/.+/),
    exitCode: 1,
  });
});

test.each([
  ['a directory', () => open('/', 'w')],
  ['a name that is too long', () => open(`/${'x'.repeat(300)}`, 'r')],
  ['a path through a file', () => readdir('/etc/hostname/x')],
  ['a directory in place of a file', () => readIfExists('/etc')],
])('what Node throws for %s must be told so, with its name', async (_, act) => {
  const failure = fileFailure(await act().catch((error) => error));
  expect(failure).toBeInstanceOf(UserError);
  expect(failure).toMatchObject({ message: expect.stringMatching(/^\/.* could not be /) });
});

test.each([new TypeError('x is not a function'), new UserError('known', { code: 'known' })])(
  '%s must stay what it is',
  (error) => {
    expect(fileFailure(error)).toBe(error);
  },
);

test('a mount point below a directory must be found by its real name', () => {
  const table =
    '36 35 98:0 / /srv/my\\040data rw,noatime master:1 - ext4 /dev/sdb1 rw\n37 35 0:5 / /proc rw - proc proc rw\n';
  expect(mountPointsBelow('/srv', table)).toEqual(['/srv/my data']);
  expect(mountPointsBelow('/srv/my data', table)).toEqual([]);
});
