import { expect, test } from 'vitest';
import { describeDrift } from '../../../src/plan/drift.ts';

test('an edit must be shown as what was and what is, with the lines around it', () => {
  const rendered = 'a: 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\n';
  expect(describeDrift('x.yaml', rendered, rendered.replace('d: 4', 'd: 9'))).toEqual([
    '--- x.yaml\trendered',
    '+++ x.yaml\tedited',
    '@@ -2,5 +2,5 @@',
    ' b: 2',
    ' c: 3',
    '-d: 4',
    '+d: 9',
    ' e: 5',
    ' f: 6',
  ]);
});
