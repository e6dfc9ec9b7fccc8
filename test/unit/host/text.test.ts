import { expect, test } from 'vitest';
import { decodeText } from '../../../src/host/text.ts';

const bytes = (text: string, encoding: BufferEncoding) => Buffer.from(text, encoding);

test.each([
  ['plain text', bytes('a\r\nb', 'utf8'), 'a\r\nb'],
  ['a byte order mark, which is dropped', bytes('\ufeffpässword', 'utf8'), 'pässword'],
  ['characters outside of the first plane', bytes('🦀', 'utf8'), '🦀'],
  ['a replacement character that is written', bytes('a\ufffdb', 'utf8'), 'a\ufffdb'],
  ['nothing', bytes('', 'utf8'), ''],
])('%s must be read', (_title, given, text) => {
  expect(decodeText(given, 'it')).toBe(text);
});

test.each([
  ['Latin-1', bytes('kü', 'latin1'), 'byte 0xFC at offset 1'],
  [
    'Latin-1 behind a replacement character and a mark',
    Buffer.concat([bytes('\ufeffä\ufffd', 'utf8'), bytes('é', 'latin1')]),
    'byte 0xE9 at offset 8',
  ],
  ['a character that is cut off', bytes('aé', 'utf8').subarray(0, 2), 'byte 0xC3 at offset 1'],
  ['a surrogate', Buffer.from([0x61, 0xed, 0xa0, 0x80]), 'byte 0xED at offset 1'],
  ['UTF-16 of the one order', bytes('\ufeffa', 'utf16le'), 'it is UTF-16, not UTF-8'],
  ['UTF-16 of the other order', bytes('\ufeffa', 'utf16le').swap16(), 'it is UTF-16, not UTF-8'],
])('%s must be refused by its place', (_title, given, problem) => {
  expect(() => decodeText(given, 'it')).toThrow(problem);
});
