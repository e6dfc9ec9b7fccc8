import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, parseDocument } from 'yaml';
import type { SettingValue } from '../../../src/components/component.ts';
import { printDocument, setValues } from '../../../src/render/template.ts';

/** What a parser of YAML 1.1, as Synapse's is, reads after a value was set. */
const readBack = (value: SettingValue, version: '1.1' | '1.2' = '1.1') => {
  const document = parseDocument('# kept\nkey: old\n');
  setValues(document, { key: value });
  return parse(printDocument(document), { version, merge: false }).key;
};

/** As a key it is always a merge. */
const merge = '<<';

const misread = [
  merge,
  'no',
  'NO',
  'off',
  'y',
  'true',
  'null',
  '~',
  '',
  '10:00',
  '190:20:30',
  '1_000',
  '0b11',
  '0o17',
  '017',
  '0x1f',
  '1e3',
  '.5',
  '.inf',
  '.NaN',
  '2001-01-01',
  '=',
  '- a',
  'a: b',
  'a #b',
  '# b',
  '*alias',
  '&anchor',
  '!!int 3',
  '%a',
  '@a',
  '`a`',
  '"',
  "'",
  '\\',
  'a\nb',
  'a\n',
  ' a ',
  '\t',
  '---',
  '...',
  '\u0085',
  '\u2028',
  '{{',
  '🦀',
];

test.each(misread)('the string %j must stay that string, for YAML 1.1 and 1.2', (text) => {
  expect([readBack(text), readBack(text, '1.2')]).toEqual([text, text]);
});

test.each(misread.filter((text) => text !== merge))('the key %j must stay that key', (text) => {
  expect(Object.keys(readBack({ [text]: 1 }) as object)).toEqual([text]);
});

test('every printable string must be read back, as a value, inside a value and as a key', () => {
  const printable = fc.string({ unit: 'grapheme' });
  const key = printable.filter((text) => ![merge, '__proto__'].includes(text));
  fc.assert(
    fc.property(printable, key, (text, name) => {
      const value = [text, { [name]: [text] }];
      expect(readBack(value)).toEqual(value);
    }),
  );
});

test.each([[0], [1.5], [true], [false], [null], [[1, [2, {}]]], [{ a: { b: [] } }]])(
  '%j must be read back',
  (value) => {
    expect(readBack(value as SettingValue)).toEqual(value);
  },
);

test.each<[number, string]>([
  [1e21, '1000000000000000000000'],
  [2 ** 53 + 2, '9007199254740994'],
  [1e-7, '1.0e-7'],
  [-1.5e-9, '-1.5e-9'],
  [5e-324, '5.0e-324'],
  [-0, '0'],
  [1.25, '1.25'],
])('the number %d must be written as every YAML reads it', (value, text) => {
  const document = parseDocument('a: 1\n');
  setValues(document, { a: { b: [value] } });
  expect(printDocument(document)).toBe(`a:\n  b:\n    - ${text}\n`);
});

describe('setting values', () => {
  const template = '# top\na:\n  # about b\n  b: 1\n  c: [1, 2]\nd: {}\n';
  test.each<[string, Parameters<typeof setValues>[1], string]>([
    [
      'replaces a leaf and keeps its comment',
      { a: { b: 2 } },
      '# top\na:\n  # about b\n  b: 2\n  c: [1, 2]\nd: {}\n',
    ],
    ['removes what is undefined', { a: { c: undefined } }, '# top\na:\n  # about b\n  b: 1\nd: {}\n'],
    ['replaces a list whole', { a: { c: [3] } }, '# top\na:\n  # about b\n  b: 1\n  c:\n    - 3\nd: {}\n'],
    [
      'fills an empty map in lines',
      { d: { e: 'f' } },
      '# top\na:\n  # about b\n  b: 1\n  c: [1, 2]\nd:\n  e: "f"\n',
    ],
    ['adds at the end', { z: 1 }, '# top\na:\n  # about b\n  b: 1\n  c: [1, 2]\nd: {}\nz: 1\n'],
  ])('%s', (_title, values, expected) => {
    const document = parseDocument(template);
    setValues(document, values);
    expect(printDocument(document)).toBe(expected);
  });
});
