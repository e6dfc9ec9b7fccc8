import { expect, test } from 'vitest';
import { batched } from '../../../src/apply/batch.ts';

/** A call that records what it got, and ends when the test says so. */
function recorded() {
  const calls: string[][] = [];
  const ends: (() => void)[] = [];
  const call = batched<string>((items) => {
    calls.push(items);
    return new Promise((resolve) => ends.push(resolve));
  });
  const converged = () => new Promise((resolve) => setImmediate(resolve));
  return {
    call,
    calls,
    async endNext() {
      await converged();
      ends.shift()?.();
      await converged();
    },
  };
}

test('items of one turn must go into one call', async () => {
  const { call, calls, endNext } = recorded();
  const all = [call('a'), call('b')];
  await endNext();
  await Promise.all(all);
  expect(calls).toEqual([['a', 'b']]);
});

test('items that arrive while a call runs must go into the next one together', async () => {
  const { call, calls, endNext } = recorded();
  const first = call('a');
  await new Promise((resolve) => setImmediate(resolve));
  const later = [call('b'), call('c')];
  await endNext();
  expect(calls).toEqual([['a'], ['b', 'c']]);
  await endNext();
  await Promise.all([first, ...later]);
});

test('a failure must reach those who are in the call, and not stop the next one', async () => {
  let fails = true;
  const call = batched<string>(async () => {
    if (fails) {
      throw new Error('no');
    }
  });
  const outcomes = await Promise.allSettled([call('a'), call('b')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  await expect(call('c')).resolves.toBeUndefined();
});
