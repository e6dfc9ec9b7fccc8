import { expect, test } from 'vitest';
import { pythonReading } from '../../../src/config/python-yaml.ts';

// e2e/free-text.test.ts asks PyYAML itself.
test.each<[string, unknown]>([
  ['no', false],
  ['Off', false],
  ['YES', true],
  ['on', true],
  ['~', null],
  ['', null],
  ['0755', 493n],
  ['0b1', 1n],
  ['-0x1F', -31n],
  ['1_000', 1000n],
  ['+1', 1n],
  ['12345678901234567890', 12345678901234567890n],
  ['12:30', 750n],
  ['1:30:00', 5400n],
  ['1:30.5', 90.5],
  ['.5', 0.5],
  ['1.5e+3', 1500],
  ['-.inf', Number.NEGATIVE_INFINITY],
])('%s must be the value %s', (source, value) => {
  expect(pythonReading(source)).toEqual({ kind: 'value', value });
});

test.each<[string, string[]]>([
  ['text', ['y', 'n', 'nO', '0o17', '1e3', '1.5e3', '+.5', '09', '0b2', '1:60', 'no ', '10.0.0.1', 'a:b']],
  ['date', ['2026-01-01', '2026-1-1 1:00:00', '2026-01-01T10:00:00.5Z']],
  ['nothing', ['=', '<<', '0b_', '0x__']],
])('there must be %s in what is of no other kind', (kind, sources) => {
  expect(sources.map((source) => pythonReading(source).kind)).toEqual(sources.map(() => kind));
});
