import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { LockError } from '../../../src/errors.ts';
import { refuseHeld, withLock } from '../../../src/state/run-lock.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const me = { processId: process.pid, clock: fakeClock() };
const lock = <Result>(directory: string, action: () => Promise<Result>) =>
  withLock(me, directory, 'apply', action);
const lockFile = (directory: string) => join(directory, 'state/lock');
const isFree = async (directory: string) => !(await readdir(join(directory, 'state'))).includes('lock');

/** What the lock file says while this process holds it. */
async function ownHolder(directory: string): Promise<object> {
  return lock(directory, async () => JSON.parse(await readFile(lockFile(directory), 'utf8')));
}

test('the action must run, give its result, and leave nothing', async () => {
  const directory = await temporaryDirectory();
  expect(await lock(directory, async () => 'result')).toBe('result');
  expect(await readdir(join(directory, 'state'))).toEqual([]);
  expect((await stat(join(directory, 'state'))).mode & 0o777).toBe(0o700);
});

test('the lock must be given back when the action fails', async () => {
  const directory = await temporaryDirectory();
  await expect(lock(directory, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await isFree(directory)).toBe(true);
});

test('a second run must be refused with who holds it since when, and leave the lock alone', async () => {
  const directory = await temporaryDirectory();
  await lock(directory, async () => {
    const refused = lock(directory, async () => 'never');
    await expect(refused).rejects.toBeInstanceOf(LockError);
    await expect(refused).rejects.toThrow(
      new RegExp(`\`matrix-deploy apply\` here \\(process ${process.pid}, since 2026-01-01T00:00:00`),
    );
    expect(await isFree(directory)).toBe(false);
  });
  expect(await isFree(directory)).toBe(true);
});

test('who only looks must be refused while another run holds the lock, and write nothing', async () => {
  const directory = await temporaryDirectory();
  await refuseHeld(directory);
  expect(await readdir(directory)).toEqual([]);
  await lock(directory, () => expect(refuseHeld(directory)).rejects.toBeInstanceOf(LockError));
  await refuseHeld(directory);
});

/** Twenty runs at a time; whoever proceeds stays until all others have been refused. Returns how many proceeded. */
async function contend(directory: string): Promise<number> {
  const runs = 20;
  let inside = 0;
  let refused = 0;
  const untilDecided = async () => {
    while (inside + refused < runs) {
      await sleep(5);
    }
  };
  await Promise.all(
    Array.from({ length: runs }, () =>
      lock(directory, async () => {
        inside += 1;
        await untilDecided();
      }).catch((error) => {
        expect(error).toBeInstanceOf(LockError);
        refused += 1;
      }),
    ),
  );
  return inside;
}

test('of twenty at a time exactly one must proceed', async () => {
  expect(await contend(await temporaryDirectory())).toBe(1);
});

describe('a lock must be taken over from', () => {
  test.each<[string, object | string]>([
    ['a process that is dead', { pid: 2 ** 22 + 1 }],
    ['an earlier process with our number', { processStart: '1' }],
    ['a process of an earlier boot', { boot: 'earlier' }],
    ['a run that died while it wrote', ''],
    ['something else', '{"pid":"x"}'],
  ])('%s', async (_title, left) => {
    const directory = await temporaryDirectory();
    const text =
      typeof left === 'string' ? left : JSON.stringify({ ...(await ownHolder(directory)), ...left });
    await mkdir(join(directory, 'state'), { recursive: true });
    await writeFile(lockFile(directory), text);
    expect(await lock(directory, async () => 'mine')).toBe('mine');
    expect(await readdir(join(directory, 'state'))).toEqual([]);
  });

  test('a dead one by exactly one of twenty', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'state'));
    await writeFile(lockFile(directory), '');
    expect(await contend(directory)).toBe(1);
  });

  test('a dead one also when another died while it took over', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'state'));
    await writeFile(lockFile(directory), '');
    const guard = `${lockFile(directory)}.heal`;
    await writeFile(guard, '');
    await utimes(guard, 0, 0);
    expect(await lock(directory, async () => 'mine')).toBe('mine');
  });
});
