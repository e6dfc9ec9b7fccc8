/** What came of a suite of tests, or of several. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** The part of the report of Vitest's JSON reporter that we count by. */
export interface VitestReport {
  success: boolean;
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: readonly { status: string; assertionResults: readonly unknown[] }[];
}

/** The outcome of one check that passes or fails as a whole. */
export const checkTally = (passed: boolean): Tally => ({
  passed: passed ? 1 : 0,
  failed: passed ? 0 : 1,
  skipped: 0,
});

/**
 * Counts a Vitest run. A file that failed before its first test counts as one failure, and so does a run that
 * crashed, failed without a failed test, or ran no test at all: nothing is passed silently.
 * @param report undefined when the run left none
 */
export function tallyOf(report: VitestReport | undefined): Tally {
  if (report === undefined) return checkTally(false);
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const failed = report.numFailedTests + broken.length;
  const ranNothing = report.numPassedTests + failed === 0;
  const unexplained = failed === 0 && (!report.success || ranNothing);
  return {
    passed: report.numPassedTests,
    failed: unexplained ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

export function sum(tallies: readonly Tally[]): Tally {
  const total: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of tallies) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  return total;
}

/** `12 passed, 0 failed`, and `, 3 skipped` where some were. */
export function showTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
