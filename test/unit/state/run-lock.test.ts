import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../src/docker/engine.ts';
import { LockError } from '../../../src/errors.ts';
import { projectLock } from '../../../src/state/lock-place.ts';
import { refuseHeld, withLock } from '../../../src/state/run-lock.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const me = { processId: process.pid, clock: fakeClock() };
const lock = <Result>(directory: string, action: () => Promise<Result>) =>
  withLock(me, { directory, command: 'apply' }, action);
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
      `\`matrix-deploy apply\` in ${directory} (process ${process.pid}, since 2026-01-01T00:00:00`,
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

/** Twenty runs at a time; a run that proceeds stays until all others have been refused. Returns how many proceeded. */
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

/** The volumes of an engine: by name, their labels. */
function fakeVolumes() {
  const volumes = new Map<string, Readonly<Record<string, string>>>();
  const engine: Parameters<typeof projectLock>[0] = {
    until: () => engine as Engine,
    async createVolume(name, labels) {
      if (!volumes.has(name)) volumes.set(name, labels);
    },
    volumeLabels: async (name) => volumes.get(name),
    async removeVolume(name) {
      volumes.delete(name);
    },
  };
  return { volumes, engine };
}

describe('a lock of a project', () => {
  const lockBoth = async (engine: Parameters<typeof projectLock>[0], action: () => Promise<unknown>) => {
    const directory = await temporaryDirectory();
    const beside = [projectLock(engine, 'p')];
    return { directory, done: withLock(me, { directory, command: 'init', beside }, action) };
  };

  test('must keep a run in another directory out, which has written nothing, and leave nothing', async () => {
    const { engine, volumes } = fakeVolumes();
    const first = await lockBoth(engine, async () => {
      const second = await lockBoth(engine, async () => 'never');
      await expect(second.done).rejects.toThrow(/`matrix-deploy init` in .* \(process \d+, since /);
      expect(await readdir(second.directory)).toEqual([]);
      await expect(refuseHeld(second.directory, [projectLock(engine, 'p')])).rejects.toThrow(first.directory);
      await refuseHeld(second.directory, [projectLock(engine, 'q')]);
    });
    await first.done;
    expect([...volumes]).toEqual([]);
  });

  test.each(['takes over what one left', 'finds the remains of such a takeover, too'])(
    'must be taken from a run that died, by who %s',
    async (title) => {
      const { engine, volumes } = fakeVolumes();
      const dead = { 'matrix-deploy.lock': JSON.stringify({ pid: 2 ** 22 + 1 }) };
      volumes.set('p.lock', dead);
      if (title.includes('too')) volumes.set('p.lock-takeover', dead);
      expect(await (await lockBoth(engine, async () => 'mine')).done).toBe('mine');
      expect([...volumes]).toEqual([]);
    },
  );
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
    const dead = { ...(await ownHolder(directory)), pid: 2 ** 22 + 1 };
    await writeFile(lockFile(directory), JSON.stringify(dead));
    await writeFile(`${lockFile(directory)}.takeover`, JSON.stringify(dead));
    expect(await lock(directory, async () => 'mine')).toBe('mine');
  });
});
