import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { describeFailure } from '../../src/output/failure.ts';
import { plainRenderer } from '../../src/output/plain.ts';
import { styleFor } from '../../src/output/style.ts';
import { printable, printableJson, printableLine } from '../../src/printable.ts';

/** Control characters but the end of a line, format characters, other line ends, halves of pairs. */
const dangerous = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const plain = styleFor({ write: () => undefined }, {});
/** Text with many characters that a terminal obeys or does not show. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]0;t\u0007',
        '\u009b31m',
        '\r',
        '\n',
        '\t',
        '\u202e',
        '\u200b',
        '\ufeff',
      ),
      fc.string({ unit: 'binary' }),
    ),
  )
  .map((parts) => parts.join(''));

describe('a value', () => {
  test.each([
    ['plain text, Ünïcode and emoji \u{1f600}', 'plain text, Ünïcode and emoji \u{1f600}'],
    ['a\u001b[31mb', 'a\\u001b[31mb'],
    ['a\nb\r\tc\u007f', 'a\\u000ab\\u000d\\u0009c\\u007f'],
    ['C1 \u009b, direction \u202e\u2066\u061c', 'C1 \\u009b, direction \\u202e\\u2066\\u061c'],
    ['no width \u200b\u200d\ufeff\u2060\u00ad', 'no width \\u200b\\u200d\\ufeff\\u2060\\u00ad'],
    ['line ends \u2028\u2029\u0085', 'line ends \\u2028\\u2029\\u0085'],
    ['a tag \u{e0041}, half a pair \ud800', 'a tag \\u{e0041}, half a pair \\ud800'],
    ['a filler \u3164', 'a filler \\u3164'],
  ])('%j must be shown as %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});

describe('a line', () => {
  test('must keep our colours on a terminal with colours only', () => {
    const line = '\u001b[31mred\u001b[39m \u001b[1mbold\u001b[22m';
    expect(printableLine(line, true)).toBe(line);
    expect(printableLine(line, false)).toBe('\\u001b[31mred\\u001b[39m \\u001b[1mbold\\u001b[22m');
  });

  test.each(['\u001b[8m', '\u001b[5m', '\u001b[0;31m', '\u001b[2J', '\u001b]8;;x\u0007', '\u001b[1A'])(
    'must not keep %j, which is none of our colours',
    (sequence) => {
      expect(printableLine(`a${sequence}b`, true)).not.toMatch(dangerous);
    },
  );
});

describe('foreign text', () => {
  test('in JSON must be the same when it is read, and harmless when it is shown', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const json = printableJson({ [text]: [text] });
        expect(json).not.toMatch(dangerous);
        expect(json).not.toContain('\n');
        expect(JSON.parse(json)).toEqual({ [text]: [text] });
      }),
    );
  });

  test('in an error must neither reach the terminal nor begin a line of its own', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = describeFailure(new UserError(text, { code: 'x', details: [text], hint: text }), plain);
        expect(shown).not.toMatch(dangerous);
        expect(shown.split('\n')).toHaveLength(4);
      }),
    );
  });

  test('in the progress must neither reach the terminal nor begin a line of its own', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const lines: string[] = [];
        const reporter = plainRenderer({ write: (line) => lines.push(line) }, plain);
        reporter.say(text);
        reporter.event({ type: 'note', text });
        expect(lines.join('')).not.toMatch(dangerous);
        expect(lines.join('').split('\n')).toHaveLength(3);
      }),
    );
  });
});
