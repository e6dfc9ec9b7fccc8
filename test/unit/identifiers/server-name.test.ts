import { expect, test } from 'vitest';
import { parseServerName } from '../../../src/identifiers/server-name.ts';

test.each([
  ['example.org', 'example.org', undefined, false],
  ['Example.ORG:8448', 'example.org', 8448, false],
  ['192.0.2.7', '192.0.2.7', undefined, true],
  ['192.0.2.7:443', '192.0.2.7', 443, true],
  ['[2001:db8::7]', '2001:db8::7', undefined, true],
  ['[2001:db8::7]:8448', '2001:db8::7', 8448, true],
  ['localhost', 'localhost', undefined, false],
])('%s must be read as the host %s with port %s', (text, host, port, isAddress) => {
  expect(parseServerName(text)).toEqual({ text: text.toLowerCase(), host, port, isAddress });
});

test.each([
  '',
  'https://example.org',
  'example.org/',
  'example.org:0',
  'example.org:65536',
  'example.org:',
  '@alice:example.org',
  '-x.org',
  'a..org',
  'example.org.',
  '2001:db8::7',
  '[example.org]',
  '[1:2]',
  'a b',
  'a\u001b[2J.org',
  'a\nb',
  `${'a'.repeat(64)}.org`,
])('%j must be no server name', (text) => {
  expect(parseServerName(text)).toBeUndefined();
});
