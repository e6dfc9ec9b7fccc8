import { expect, test } from 'vitest';
import { httpsOrigin } from '../../../src/identifiers/origin.ts';

test('an origin must name its port unless it is the one of https', () => {
  expect(httpsOrigin('example.org', 443)).toBe('https://example.org');
  expect(httpsOrigin('example.org', 8443)).toBe('https://example.org:8443');
});
