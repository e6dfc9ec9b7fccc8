import { describe, expect, test } from 'vitest';
import { BackupError, CancelledError, PreflightError } from '../../../src/errors.ts';
import { forEachTarget, lookIntoTargets } from '../../../src/procedures/backup/each-target.ts';

const [disk, nas] = [
  { name: 'disk', path: '/mnt/disk' },
  { name: 'nas', path: 'rest:https://nas.example.org/' },
];
const silent = new BackupError('the server does not answer', {
  code: 'backup.repository.unreachable',
  stage: 'opening the repository',
  hint: 'See whether it runs.',
});

/** What each target does: it fails with this, or has its own name to tell. */
const failing = (failures: Readonly<Record<string, Error>>) => async (target: { name: string }) => {
  const failure = failures[target.name];
  if (failure !== undefined) throw failure;
  return target.name;
};

describe('targets that are looked into', () => {
  test('must be seen beside one that does not answer, which is named', async () => {
    expect(await lookIntoTargets([nas, disk], failing({ nas: silent }))).toEqual({
      seen: ['disk'],
      failures: [
        {
          target: 'nas',
          path: nas.path,
          error: expect.objectContaining({
            message: 'target nas: the server does not answer',
            code: silent.code,
            stage: silent.stage,
            hint: silent.hint,
          }),
        },
      ],
    });
  });

  test('must fail where none answers; and one that is alone needs no name', async () => {
    const both = lookIntoTargets([nas, disk], failing({ nas: silent, disk: silent }));
    await expect(both).rejects.toThrow('target nas: the server does not answer');
    await expect(lookIntoTargets([nas], failing({ nas: silent }))).rejects.toBe(silent);
  });

  test('must not hide an interrupt, nor a fault of the program', async () => {
    for (const error of [new CancelledError('interrupted', { code: 'cancelled' }), new TypeError('a bug')]) {
      await expect(lookIntoTargets([nas, disk], failing({ nas: error }))).rejects.toBe(error);
    }
  });
});

describe('a failure in one of several targets', () => {
  test.each([
    ['a backup', silent, BackupError, 'opening the repository'],
    ['the host', new PreflightError('no room', { code: 'preflight' }), PreflightError, undefined],
  ])('must keep the stage and the kind of a failure of %s', async (_, error, kind, stage) => {
    const notes: string[] = [];
    const words = { note: (text: string) => notes.push(text), told: (name: string) => `${name} is good` };
    const thrown = await forEachTarget([nas, disk], failing({ nas: error }), words).catch((one) => one);
    expect(thrown).toBeInstanceOf(kind);
    expect(thrown.stage).toBe(stage);
    expect(thrown.message).toBe(`target nas: ${error.message}`);
    expect(notes).toEqual(['disk is good']);
  });
});
