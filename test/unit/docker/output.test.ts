import { expect, test } from 'vitest';
import { demultiplexed, readLines } from '../../../src/docker/output.ts';

function frame(stream: number, text: string | Buffer): Buffer {
  const content = Buffer.from(text);
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

const umlaut = Buffer.from('ü');
const written = Buffer.concat([
  frame(1, 'one\ntw'),
  frame(2, 'oh\n'),
  frame(1, Buffer.concat([Buffer.from('o\n\n'), umlaut.subarray(0, 1)])),
  frame(1, umlaut.subarray(1)),
]);

test.each([1, 3, 8, 1000])('lines must be told as they are written, in pieces of %i bytes', (size) => {
  const told: string[] = [];
  const lines = readLines((text, stream) => told.push(`${stream}: ${text}`));
  for (let at = 0; at < written.length; at += size) {
    lines.write(written.subarray(at, at + size));
  }
  expect(told).toEqual(['stdout: one', 'stderr: oh', 'stdout: two', 'stdout: ']);
  lines.end();
  expect(told.slice(4)).toEqual(['stdout: ü']);
});

test('one stream must be had without the other', () => {
  expect(demultiplexed(written, 'stderr')).toBe('oh\n');
  expect(demultiplexed(written, 'stdout')).toBe('one\ntwo\n\nü');
});
