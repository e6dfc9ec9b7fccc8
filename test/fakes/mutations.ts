/** Random numbers from 0 up to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Random = () => number;
type Mutation = (bytes: Buffer, random: Random) => Buffer;

const below = (random: Random, limit: number) => Math.floor(random() * Math.max(limit, 1));
const oneOf = <Item>(random: Random, items: readonly Item[]) => items[below(random, items.length)] as Item;

/** What means something to a reader of YAML or CSV, or to none. */
const pieces = [
  ...[
    'no',
    'Off',
    'yes',
    'on',
    '0755',
    '0o17',
    '1_000',
    '12:30',
    '1e3',
    '2026-01-01',
    '~',
    '=',
    '.inf',
    '-0',
  ],
  ...[
    '<<: ',
    '*a',
    '&a ',
    '!!bool ',
    '!x ',
    '%YAML 1.1\n',
    '---\n',
    '...\n',
    '? ',
    '- ',
    ': ',
    ', ',
    ';',
    ',',
    '"',
    "'",
  ],
  ...[
    '\n',
    '\r',
    '\r\n',
    '\t',
    '\u0000',
    '\u001b',
    '\u0085',
    '\ufeff',
    '\u2028',
    '\ufffd',
    '{',
    '}',
    '[',
    ']',
    '#',
    '|',
  ],
];

const replaced = (bytes: Buffer, start: number, end: number, by: Buffer) =>
  Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(end)]);

const withLines =
  (change: (lines: string[], random: Random) => void): Mutation =>
  (bytes, random) => {
    const lines = bytes.toString('latin1').split('\n');
    change(lines, random);
    return Buffer.from(lines.join('\n'), 'latin1');
  };

/** Of what people, editors and disks do to a file. */
const mutations: readonly Mutation[] = [
  // Cut off.
  (bytes, random) => bytes.subarray(0, below(random, bytes.length)),
  // Bits that have flipped.
  (bytes, random) => {
    const changed = Buffer.from(bytes);
    for (let count = below(random, 8); count >= 0; count--) {
      const at = below(random, changed.length);
      changed[at] = (changed[at] ?? 0) ^ (1 << below(random, 8));
    }
    return changed;
  },
  // In another encoding.
  (bytes) => Buffer.from(`\ufeff${bytes}`),
  (bytes) => Buffer.from(`\ufeff${bytes}`, 'utf16le'),
  (bytes) => Buffer.from(bytes.toString(), 'utf16le'),
  (bytes, random) => {
    const at = below(random, bytes.length);
    return replaced(bytes, at, at, Buffer.from('é', 'latin1'));
  },
  (bytes) => Buffer.from(bytes.toString().replaceAll('\n', '\r\n')),
  // A character more, less or in place of another.
  (bytes, random) => {
    const at = below(random, bytes.length);
    return replaced(bytes, at, at + below(random, 3), Buffer.from(oneOf(random, pieces)));
  },
  // A value, or what looks like one.
  (bytes, random) => {
    const words = [...bytes.toString('latin1').matchAll(/(?<=[:,[{ ] ?)[\w.@!-]+/g)];
    if (words.length === 0) return bytes;
    const { index, 0: word } = oneOf(random, words);
    return replaced(bytes, index, index + word.length, Buffer.from(oneOf(random, pieces)));
  },
  // Lines twice, in another order, missing, or endless.
  withLines((lines, random) => lines.splice(below(random, lines.length), 0, oneOf(random, lines))),
  withLines((lines, random) => lines.push(...lines.splice(below(random, lines.length), 1))),
  withLines((lines, random) => void lines.splice(below(random, lines.length), 1)),
  withLines((lines, random) => {
    lines[below(random, lines.length)] += oneOf(random, ['x', ' ', '"', ',', 'a: ', '[']).repeat(20_000);
  }),
  // Deep, wide and growing.
  (bytes, random) =>
    Buffer.concat([bytes, Buffer.from(`\ndeep: ${oneOf(random, ['[', '{a: ', '- ']).repeat(3000)}`)]),
  (bytes, random) => {
    const name = oneOf(random, ['key', '  key', '    key']);
    return Buffer.concat([
      bytes,
      Buffer.from(Array.from({ length: 3000 }, (_, index) => `\n${name}${index}: 1`).join('')),
    ]);
  },
  (bytes) => Buffer.concat([bytes, Buffer.from(`\n${aliasBomb}`)]),
];

/** Nine levels of nine aliases each. */
export const aliasBomb = [
  'a0: &a0 [x, x]',
  ...Array.from(
    { length: 9 },
    (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(', ')}]`,
  ),
].join('\n');

/** So many files that each differ from one of these by one or a few mutations; the same for the same seed. */
export function mutants(originals: readonly string[], count: number, seed: number): Buffer[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => {
    let bytes: Buffer = Buffer.from(oneOf(random, originals));
    for (let rounds = below(random, 3); rounds >= 0; rounds--) {
      bytes = bytes.length === 0 ? bytes : oneOf(random, mutations)(bytes, random);
    }
    return bytes;
  });
}
