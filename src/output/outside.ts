import type { OutsideFinding } from '../apply/verify-outside.ts';
import type { Style } from './style.ts';

/** What the internet sees of the server: one line where all is well; else each finding with what to do. */
export function describeOutside(findings: readonly OutsideFinding[], style: Style): string[] {
  if (findings.length === 0) {
    return ['Published on this machine only: there is nothing to see from outside.'];
  }
  const passed = findings.filter(({ verdict }) => verdict === 'passed').length;
  const rest = findings.filter(({ verdict }) => verdict !== 'passed');
  return [
    `Seen from outside: ${passed} of ${findings.length} as it must be.`,
    ...rest.flatMap((finding) => describeFinding(finding, style)),
  ];
}

function describeFinding(finding: OutsideFinding, style: Style): string[] {
  const { expectation, url, saw, remedy } = finding;
  const heading =
    finding.verdict === 'failed' ? style.red(`WRONG    ${expectation}`) : `UNKNOWN  ${expectation}`;
  return [heading, `         ${url}: ${saw}`, ...(remedy === undefined ? [] : [`         ${remedy}`])];
}
