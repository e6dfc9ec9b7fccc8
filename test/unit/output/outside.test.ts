import { expect, test } from 'vitest';
import type { OutsideFinding } from '../../../src/apply/verify-outside.ts';
import { describeOutside } from '../../../src/output/outside.ts';
import { styleFor } from '../../../src/output/style.ts';

const plain = styleFor({ write: () => undefined, isTTY: false }, {});
const good: OutsideFinding = { expectation: 'the API', url: 'https://m.example.org/v', verdict: 'passed' };
const lost = {
  verdict: 'failed',
  saw: 'it has no A or AAAA record',
  remedy: 'Set a record.',
} as const;

test('one reason for many findings must be told once', () => {
  const findings: OutsideFinding[] = [
    good,
    { expectation: 'keys', url: 'https://example.org/k', ...lost },
    { expectation: 'a certificate', url: 'https://example.org/', ...lost },
    { ...good, verdict: 'unverified', saw: 'ECONNREFUSED' },
  ];
  expect(describeOutside(findings, plain)).toEqual([
    'External checks: 1 of 4 passed.',
    'WRONG    example.org: it has no A or AAAA record',
    '           not seen: keys',
    '           not seen: a certificate',
    '         Set a record.',
    'UNKNOWN  https://m.example.org/v: ECONNREFUSED',
    '           not seen: the API',
  ]);
});
