import { expect, test } from 'vitest';
import { parseSizes } from '../../../src/procedures/status/sizes.ts';

test('sizes must be read from lines of bytes and words, and nothing else be taken for one', () => {
  const output = '15185587 the database\n\nERROR:  canceling statement\n0 media of our users\n-1 x\n12\n';
  expect(parseSizes(output)).toEqual({ 'the database': 15_185_587, 'media of our users': 0 });
});
