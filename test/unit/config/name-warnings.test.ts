import { expect, test } from 'vitest';
import { nameWarnings } from '../../../src/config/name-warnings.ts';

test.each([
  ['example.org', 0],
  ['xn--mnchen-3ya.de', 1],
  // pаypal.com with a Cyrillic letter.
  ['xn--pypal-4ve.com', 2],
])('%s must be warned of %i times', (server_name, count) => {
  expect(nameWarnings({ server_name })).toHaveLength(count);
});
