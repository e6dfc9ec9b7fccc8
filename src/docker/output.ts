/** What a program writes to; its number in the engine's frames is 1 or 2. */
export type Output = 'stdout' | 'stderr';

/**
 * The text in the engine's stream format: frames of one byte for the stream, three of padding, four for the length, then
 * the text.
 *
 * @param only one of the streams; both, as they came, when absent
 */
export function demultiplexed(raw: Buffer, only?: Output): string {
  const wanted = only === undefined ? [1, 2] : [only === 'stdout' ? 1 : 2];
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= raw.length; ) {
    const end = at + 8 + raw.readUInt32BE(at + 4);
    if (wanted.includes(raw.readUInt8(at))) {
      parts.push(raw.subarray(at + 8, end));
    }
    at = end;
  }
  return Buffer.concat(parts).toString('utf8');
}
