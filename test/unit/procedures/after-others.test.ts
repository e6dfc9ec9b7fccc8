import { describe, expect, test } from 'vitest';
import { CancelledError, LockError } from '../../../src/errors.ts';
import { afterOthers } from '../../../src/procedures/after-others.ts';
import { fakeClock } from '../../fakes/clock.ts';

const locked = async () => {
  throw new LockError('root is running apply', { code: 'lock.held', holder: 'apply' });
};

describe('waiting for others', () => {
  const never = new AbortController().signal;

  test('must go on when they have ended', async () => {
    const clock = fakeClock();
    let calls = 0;
    const notes: string[] = [];
    const action = async () => (++calls < 3 ? locked() : 'made');
    const wait = { patience: () => 3_600_000, note: (text: string) => notes.push(text) };
    expect(await afterOthers({ clock, interrupt: never }, wait, action)).toBe('made');
    expect(notes).toEqual(['waits: root is running apply']);
  });

  test('must have an end', async () => {
    const clock = fakeClock();
    const begun = clock.now().getTime();
    const wait = { patience: () => 60_000, note: () => undefined };
    await expect(afterOthers({ clock, interrupt: never }, wait, locked)).rejects.toThrow(LockError);
    expect(clock.now().getTime() - begun).toBeGreaterThanOrEqual(60_000);
    expect(clock.now().getTime() - begun).toBeLessThan(70_000);
  });

  test('must end when it is interrupted', async () => {
    const clock = { ...fakeClock(), sleep: () => Promise.reject(new Error('aborted')) };
    const wait = { patience: () => 60_000, note: () => undefined };
    await expect(afterOthers({ clock, interrupt: never }, wait, locked)).rejects.toThrow(CancelledError);
  });
});
