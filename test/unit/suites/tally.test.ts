import { expect, it } from 'vitest';
import { checkTally, showTally, sum, tallyOf, type VitestReport } from '../../suites/tally.ts';

const report = (parts: Partial<VitestReport>): VitestReport => ({
  success: true,
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...parts,
});

it('counts what passed, failed and was skipped', () => {
  const counted = tallyOf(
    report({ success: false, numPassedTests: 5, numFailedTests: 2, numPendingTests: 1, numTodoTests: 1 }),
  );
  expect(counted).toEqual({ passed: 5, failed: 2, skipped: 2 });
});

it('counts a file that broke before its first test as a failure', () => {
  const testResults = [{ status: 'failed', assertionResults: [] }];
  expect(tallyOf(report({ success: false, numPassedTests: 3, testResults })).failed).toBe(1);
});

it.each([
  ['left no report', undefined],
  ['ran no test', report({ numPendingTests: 4 })],
  ['failed without a failed test', report({ success: false, numPassedTests: 3 })],
])('counts a run that %s as a failure', (_, run) => {
  expect(tallyOf(run).failed).toBe(1);
});

it('sums up in one line that names the skipped only where some were', () => {
  const tallies = [checkTally(true), { passed: 10, failed: 0, skipped: 0 }];
  expect(showTally(sum(tallies))).toBe('11 passed, 0 failed');
  expect(showTally(sum([...tallies, checkTally(false), { passed: 0, failed: 0, skipped: 2 }]))).toBe(
    '11 passed, 1 failed, 2 skipped',
  );
});
