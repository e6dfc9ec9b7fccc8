import { execa } from 'execa';
import { expect, it } from 'vitest';
import { type ResticAccess, repositoryOwner } from '../../../src/backup/restic-job.ts';
import { saveCall } from '../../../src/backup/restic-save.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const access = { project: 'matrix', place: { kind: 'local', path: '/mnt' } } as ResticAccess;

it.each([
  ['all of it arrives', 'größer', 100, 0, 'größer'],
  ['its sender has died', 'größer', 5, 1, ''],
  ['its sender has died at once', 'größer', 0, 1, ''],
  ['it is empty', '', 100, 0, ''],
])('bytes must be saved only as a whole: where %s', async (_, content, arrived, exitCode, saved) => {
  const source = { kind: 'bytes', name: 'manifest.json', content } as const;
  const { script = '', input = '' } = saveCall(access, { tags: [], user: repositoryOwner, source });
  const env = { TMPDIR: await temporaryDirectory() };
  // In the place of restic, a program that tells what it would save.
  const ended = await execa('sh', ['-euc', script, 'sh', 'cat'], {
    input: Buffer.from(input).subarray(0, arrived),
    env,
    reject: false,
  });
  expect(ended).toMatchObject({ exitCode, stdout: saved });
});
