import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { resolveDirectory } from '../../../src/state/directory.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

describe('the deployment directory', () => {
  test.each(['$HOME', "it's", '{{x}}', '-rf', ' a ', '%s', 'ä', 'a,b=c', '`a`', 'x'.repeat(300)])(
    'may be called %j',
    async (name) => {
      const current = await temporaryDirectory();
      expect(await resolveDirectory(name, current, '/usual')).toBe(join(current, name));
    },
  );

  test.each(['a:b', 'a:b/c', 'a\nb', 'a\tb', '\u001b[31m', 'a\u0085', 'a\ufffd'])(
    'must not be called %j',
    async (name) => {
      const current = await temporaryDirectory();
      await expect(resolveDirectory(name, current, '/usual')).rejects.toThrow(UsageError);
    },
  );

  test('must be told of without links, also where it does not exist yet', async () => {
    const current = await temporaryDirectory();
    await mkdir(join(current, 'real'));
    await symlink('real', join(current, 'link'));
    expect(await resolveDirectory('link/../link/new', current, '/usual')).toBe(join(current, 'real/new'));
  });

  test('must be the current one where that is one', async () => {
    const current = await temporaryDirectory();
    expect(await resolveDirectory(undefined, current, '/usual')).toBe('/usual');
    await writeFile(join(current, 'matrix.yaml'), '');
    expect(await resolveDirectory(undefined, current, '/usual')).toBe(current);
  });
});
