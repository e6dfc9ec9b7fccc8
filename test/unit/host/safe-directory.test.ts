import { chmod, chown, mkdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PreflightError } from '../../../src/errors.ts';
import { refuseUnsafe } from '../../../src/host/safe-directory.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

/** Only root may give a directory to somebody else. */
const isRoot = userInfo().uid === 0;
const stranger = 12_345;

/** A deployment directory, two below one of ours. */
async function deployment() {
  const above = await temporaryDirectory();
  const directory = join(above, 'srv', 'matrix');
  await mkdir(directory, { recursive: true, mode: 0o755 });
  return { directory, parent: join(above, 'srv') };
}

describe('a deployment directory', () => {
  test('must be taken where nobody else may write, whether it is there or not', async () => {
    const { directory, parent } = await deployment();
    await refuseUnsafe(directory);
    await refuseUnsafe(join(parent, 'not', 'there', 'yet'));
  });

  test.each([0o757, 0o777, 0o1777])('must be refused where everybody may write in it: %o', async (mode) => {
    const { directory } = await deployment();
    await chmod(directory, mode);
    await expect(refuseUnsafe(directory)).rejects.toThrow(PreflightError);
  });

  test('must be refused where everybody may put another one in its place', async () => {
    const { directory, parent } = await deployment();
    await chmod(parent, 0o777);
    await expect(refuseUnsafe(directory)).rejects.toThrow(parent);
    await chmod(parent, 0o1777);
    await refuseUnsafe(directory);
  });

  test.runIf(isRoot)('must be refused where a group may write that is not of one user', async () => {
    const { directory } = await deployment();
    await chown(directory, 0, stranger);
    await chmod(directory, 0o775);
    await expect(refuseUnsafe(directory)).rejects.toThrow(PreflightError);
  });

  test.runIf(isRoot)('must be refused where it, or what it is in, belongs to another user', async () => {
    const { directory, parent } = await deployment();
    await chown(directory, stranger, stranger);
    await expect(refuseUnsafe(directory)).rejects.toThrow(directory);
    await chown(directory, 0, 0);
    await chown(parent, stranger, stranger);
    await expect(refuseUnsafe(directory)).rejects.toThrow(parent);
  });
});
