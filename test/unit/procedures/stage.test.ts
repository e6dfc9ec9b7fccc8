import { expect, test } from 'vitest';
import { BackupError, PreflightError } from '../../../src/errors.ts';
import { inStage } from '../../../src/procedures/backup/stage.ts';

const failing = (error: unknown) =>
  inStage('restoring files', () => Promise.reject(error), 'Nothing serves here yet.');

test('a file that could not be written must fail the stage, with the cause and what to do', async () => {
  const full = { code: 'ENOSPC', syscall: 'write', path: '/srv/file' };
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), full);
  await expect(failing(error)).rejects.toBeInstanceOf(BackupError);
  await expect(failing(error)).rejects.toMatchObject({
    stage: 'restoring files',
    code: 'file.enospc',
    message: expect.stringMatching(/^restoring files failed: \/srv\/file .*: the disk is full$/),
    hint: expect.stringMatching(/^Nothing serves here yet\. Free some space/),
  });
});

test('what is no failure of the stage must be told as it is', async () => {
  for (const error of [new PreflightError('no room', { code: 'preflight.space' }), new TypeError('a bug')])
    await expect(failing(error)).rejects.toBe(error);
});
