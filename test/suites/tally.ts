/** What came of a suite of tests, or of several. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed, by the name of its file and its title. */
  failures: readonly string[];
}

/** The part of the report of Vitest's JSON reporter that we count by. */
export interface VitestReport {
  success: boolean;
  numPassedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: readonly FileReport[];
}

interface FileReport {
  /** Absolute path. */
  name: string;
  status: string;
  assertionResults: readonly { status: string; fullName: string }[];
}

/** The outcome of one check that passes or fails as a whole. */
export const checkTally = (passed: boolean, failure = 'as a whole'): Tally => ({
  passed: passed ? 1 : 0,
  failed: passed ? 0 : 1,
  skipped: 0,
  failures: passed ? [] : [failure],
});

/**
 * Counts a Vitest run. A file that failed without a failed test (while it was loaded, or in a hook) counts as one failure, and so
 * does a run that crashed, failed without a failed file, or ran no test at all: nothing is passed silently.
 * @param report undefined when the run left none
 */
export function tallyOf(report: VitestReport | undefined): Tally {
  if (report === undefined) return checkTally(false, 'the run left no report');
  const failures = report.testResults.flatMap(failuresOf);
  const ranNothing = report.numPassedTests + failures.length === 0;
  if (failures.length === 0 && (!report.success || ranNothing)) {
    failures.push(ranNothing ? 'the run ran no test' : 'the run failed without a failed test');
  }
  return {
    passed: report.numPassedTests,
    failed: failures.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  };
}

function failuresOf({ name, status, assertionResults }: FileReport): string[] {
  const file = name.slice(name.lastIndexOf('/test/') + 1);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length > 0) return failed.map(({ fullName }) => `${file}: ${fullName}`);
  return status === 'failed' ? [`${file}: outside its tests`] : [];
}

export function sum(tallies: readonly Tally[]): Tally {
  const total = { passed: 0, failed: 0, skipped: 0, failures: [] as string[] };
  for (const { passed, failed, skipped, failures } of tallies) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
    total.failures.push(...failures);
  }
  return total;
}

/** `12 passed, 0 failed`, and `, 3 skipped` where some were. */
export function showTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
