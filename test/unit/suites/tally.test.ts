import { expect, it } from 'vitest';
import { checkTally, showTally, sum, tallyOf, type VitestReport } from '../../suites/tally.ts';

const report = (parts: Partial<VitestReport>): VitestReport => ({
  success: true,
  numPassedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...parts,
});

const file = (status: string, ...tests: string[]): VitestReport['testResults'][number] => ({
  name: '/clone/test/unit/a.test.ts',
  status,
  assertionResults: tests.map((test, index) => ({ status: test, fullName: `must ${index}` })),
});

it('counts what passed, failed and was skipped, and names what failed', () => {
  const testResults = [file('failed', 'failed', 'passed', 'failed'), file('passed', 'passed')];
  const counted = tallyOf(
    report({ success: false, numPassedTests: 5, numPendingTests: 1, numTodoTests: 1, testResults }),
  );
  expect(counted).toEqual({
    passed: 5,
    failed: 2,
    skipped: 2,
    failures: ['test/unit/a.test.ts: must 0', 'test/unit/a.test.ts: must 2'],
  });
});

it.each([
  ['before its first test', file('failed')],
  ['in a hook, with its tests skipped', file('failed', 'skipped', 'skipped')],
])('counts a file that broke %s as a failure, beside those of other files', (_, broken) => {
  const testResults = [broken, file('failed', 'failed')];
  expect(tallyOf(report({ success: false, numPassedTests: 3, testResults }))).toMatchObject({
    failed: 2,
    failures: ['test/unit/a.test.ts: outside its tests', 'test/unit/a.test.ts: must 0'],
  });
});

it.each([
  ['left no report', undefined],
  ['ran no test', report({ numPendingTests: 4 })],
  ['failed without a failed test', report({ success: false, numPassedTests: 3 })],
])('counts a run that %s as a failure', (_, run) => {
  expect(tallyOf(run).failed).toBe(1);
});

it('sums up in one line that names the skipped only where some were', () => {
  const tallies = [checkTally(true), { passed: 10, failed: 0, skipped: 0, failures: [] }];
  expect(showTally(sum(tallies))).toBe('11 passed, 0 failed');
  expect(
    showTally(sum([...tallies, checkTally(false), { passed: 0, failed: 0, skipped: 2, failures: [] }])),
  ).toBe('11 passed, 1 failed, 2 skipped');
});
