import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { jsonForYaml } from '../../../src/components/yaml-text.ts';

test.each(['1.1', '1.2'] as const)('JSON must be read as YAML %s the same way', (version) => {
  const value = {
    'a key': ['no', '10:00', 1, true, null, {}],
    text: 'quote " line\nnext\u2028separator\u0085\ufeff\u{1f600}\t#',
  };
  const text = jsonForYaml(value);
  expect(parse(text, { version })).toEqual(value);
  expect(text).not.toMatch(/[\u007f-\u00a0\u2028\u2029\ufeff]/);
});
