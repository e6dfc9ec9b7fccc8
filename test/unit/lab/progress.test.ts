import { expect, it } from 'vitest';
import { showSeconds } from '../../lab/progress.ts';

it.each([
  [0.4, '0 s'],
  [59.4, '59 s'],
  [60, '1 min 0 s'],
  [135, '2 min 15 s'],
])('shows %d seconds as %s', (seconds, text) => {
  expect(showSeconds(seconds)).toBe(text);
});
