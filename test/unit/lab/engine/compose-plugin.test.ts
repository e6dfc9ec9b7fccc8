import { expect, it } from 'vitest';
import { isRecent } from '../../../lab/engine/compose-plugin.ts';

it.each(['2.20.0', 'v2.40.3', '2.40.3-3', '5.0.1', '1:2.27.1+ds1-1'])('takes Compose %s', (version) => {
  expect(isRecent(version)).toBe(true);
});

it.each(['1.29.2-3', '2.19.1', 'v2.6.0', ''])('does not take Compose "%s"', (version) => {
  expect(isRecent(version)).toBe(false);
});
