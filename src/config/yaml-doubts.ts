import type { ConfigIssue } from './issue.ts';
import {
  explainDifference,
  explainReadings,
  literalOfOurs,
  literalOfTheirs,
  valueOfTheirs,
} from './yaml-readings.ts';
import type { PlainScalar } from './yaml-structure.ts';

/**
 * Adds issues about values that YAML 1.1 and YAML 1.2 read differently. If only one reading is valid, the hint is to
 * write that one; if both are valid, the hint shows both.
 *
 * @param check finds the issues of the file; called once the ambiguous values have been replaced by their YAML 1.1
 *   reading
 */
export function addDoubts(
  issues: readonly ConfigIssue[],
  ambiguous: readonly PlainScalar[],
  check: () => readonly Pick<ConfigIssue, 'path'>[],
): readonly ConfigIssue[] {
  if (ambiguous.length === 0) return issues;
  const explained = ambiguous.map((scalar) => ({ scalar, doubt: doubtOf(scalar) }));
  for (const { node } of ambiguous) {
    node.value = valueOfTheirs(node);
  }
  const wrongToo = pathSet(check());
  const wrong = pathSet(issues);
  const added = explained.filter(({ scalar }) => !isWithin(wrong, scalar.path));
  const remedies = new Map(
    explained
      .filter(({ scalar }) => !isWithin(wrongToo, scalar.path))
      .map(({ scalar, doubt }) => [keyOf(scalar.path), doubt.theirs]),
  );
  return [
    ...issues.map((issue) => {
      const remedy = remedies.get(keyOf(issue.path));
      return remedy === undefined || issue.hint !== undefined ? issue : { ...issue, hint: remedy };
    }),
    ...added.map(({ scalar: { path }, doubt }) => ({
      path,
      message: 'is read differently by the two versions of YAML',
      hint: isWithin(wrongToo, path) ? doubt.ours : doubt.either,
    })),
  ];
}

/**
 * Hints for a value: `ours` if only our reading is valid, `theirs` if only that of YAML 1.1 is, `either` if both are.
 */
function doubtOf({ node }: PlainScalar) {
  const [readings, either] = [explainReadings(node), explainDifference(node)];
  const advice = (literal: string | undefined) =>
    literal === undefined ? readings : `${readings}: write ${literal}`;
  return { ours: advice(literalOfOurs(node)), theirs: advice(literalOfTheirs(node)), either };
}

function pathSet(issues: readonly Pick<ConfigIssue, 'path'>[]): ReadonlySet<string> {
  return new Set(issues.map(({ path }) => keyOf(path)));
}

/** Whether the setting, or one that contains it, has an issue. */
function isWithin(wrong: ReadonlySet<string>, path: readonly PropertyKey[]): boolean {
  return path.some((_, index) => wrong.has(keyOf(path.slice(0, index + 1)))) || wrong.has(keyOf([]));
}

function keyOf(path: readonly PropertyKey[]): string {
  return JSON.stringify(path);
}
