import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isElsewhere, type MoveRecord, readMove, refuseMoved, writeMove } from '../../../src/state/move.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const record: MoveRecord = {
  phase: 'preparing',
  host: 'root@beta',
  directoryThere: '/opt/matrix',
  options: ['Port=2222'],
};

describe('the record of a move', () => {
  test('must be read as it was written', async () => {
    const directory = await temporaryDirectory();
    await writeMove(directory, record);
    expect(await readMove(directory)).toEqual(record);
  });

  test.each<[MoveRecord['phase'], boolean]>([
    ['preparing', false],
    ['stopping', true],
    ['restoring', true],
    ['moved', true],
    ['returning', true],
    ['returned', false],
    ['given-up', true],
  ])('in the phase %s must keep the server from being started: %s', async (phase, expected) => {
    const directory = await temporaryDirectory();
    await writeMove(directory, { ...record, phase });
    expect(isElsewhere({ phase })).toBe(expected);
    const refusal = refuseMoved(directory);
    await (expected
      ? expect(refusal).rejects.toMatchObject({ code: 'move.elsewhere', exitCode: 4 })
      : expect(refusal).resolves.toBeUndefined());
  });

  test('must not be taken for none when it is broken', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'state'));
    await writeFile(join(directory, 'state/move.json'), '{"phase":');
    await expect(refuseMoved(directory)).rejects.toMatchObject({ code: 'move.record' });
  });
});
