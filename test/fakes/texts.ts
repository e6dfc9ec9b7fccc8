import fc from 'fast-check';

/** What means something to one parser or another, alone or in the midst of a text. */
const pieces = [
  ...['no', 'Off', 'y', 'null', '~', '1_000', '0o17', '017', '1e3', '.inf', '10:00', '2001-01-01', '='],
  ...['<<', '*a', '&a', '!!int 3', '%', '@', '`', '"', "'", '\\', '# ', ' #', ': ', '- ', '? ', '---', '...'],
  ...['\n', '\r', '\r\n', '\t', ' ', '\u0000', '\u001b', '\u007f', '\u0085', '\u00a0', '\u2028', '\u2029'],
  ...['\ufeff', '\ufffe', '\uffff', '$HOME', '${', '$$', '{{', '}}', '{', '}', '[', ']', ',', '|', '>'],
];

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 16 }),
  fc.string({ unit: 'grapheme', maxLength: 16 }),
  fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })), { maxLength: 4 })
    .map((parts) => parts.join('')),
);

/** As many texts as are asked for, all different; the same for the same seed. */
export function randomTexts(count: number, seed: number): string[] {
  const texts = new Set(pieces);
  for (let round = 0; texts.size < count; round++) {
    for (const each of fc.sample(text, { numRuns: count, seed: seed + round })) texts.add(each);
  }
  return [...texts].slice(0, count);
}
