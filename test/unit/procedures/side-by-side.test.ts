import { describe, expect, it } from 'vitest';
import { sideBySide } from '../../../src/procedures/side-by-side.ts';

/** Work that lasts until it is ended. */
function endless() {
  let fail = (_: Error) => {};
  const work = new Promise<never>((_, reject) => {
    fail = reject;
  });
  return { work: () => work, end: async () => fail(new Error('it was ended')) };
}

describe('two things that are done side by side', () => {
  it('must give both results', async () => {
    const both = sideBySide(
      async () => 'files',
      async () => 3,
      () => Promise.reject(new Error('nothing has failed')),
    );
    expect(await both).toEqual(['files', 3]);
  });

  it.each([
    ['first', (one: () => Promise<never>, other: () => Promise<never>) => [one, other] as const],
    ['second', (one: () => Promise<never>, other: () => Promise<never>) => [other, one] as const],
  ])('must both end when the %s fails, with its error', async (_, ordered) => {
    const { work, end } = endless();
    const failure = new Error('the disk is full');
    let hasEnded = false;
    const other = async () =>
      work().finally(() => {
        hasEnded = true;
      });
    const [first, second] = ordered(() => Promise.reject(failure), other);
    await expect(sideBySide(first, second, end)).rejects.toBe(failure);
    expect(hasEnded).toBe(true);
  });
});
