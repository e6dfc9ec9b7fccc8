import type { OutsideFinding } from '../apply/verify-outside.ts';
import { describeVerdict } from './findings.ts';
import type { Style } from './style.ts';

/** The text for a server that is published on its machine only. */
export const nothingOutside = 'Published on this machine only: no external checks.';

/** The results of the external checks: how many passed, then each other one with its remedy. */
export function describeOutside(all: readonly OutsideFinding[], style: Style): string[] {
  const mail = all.filter(({ url }) => url.startsWith('smtp:'));
  return [
    ...describeSeen(
      all.filter((finding) => !mail.includes(finding)),
      style,
    ),
    ...mail.flatMap((finding) => describeMailServer(finding, style)),
  ];
}

function describeMailServer({ verdict, url, saw, remedy = '' }: OutsideFinding, style: Style): string[] {
  return verdict === 'passed'
    ? [`Mail can be sent through ${new URL(url).host}.`]
    : [`${describeVerdict(verdict, style)}  mail: ${saw}`, `         ${remedy}`];
}

function describeSeen(findings: readonly OutsideFinding[], style: Style): string[] {
  if (findings.length === 0) {
    return [nothingOutside];
  }
  const passed = findings.filter(({ verdict }) => verdict === 'passed').length;
  const rest = findings.filter(({ verdict }) => verdict !== 'passed');
  return [
    `External checks: ${passed} of ${findings.length} passed.`,
    ...alike(rest).flatMap((group) => describeFindings(group, style)),
  ];
}

type Findings = readonly [OutsideFinding, ...OutsideFinding[]];

/** Groups findings by what was seen: one missing record can be the reason for many of them. */
function alike(findings: readonly OutsideFinding[]): Findings[] {
  const groups = new Map<string, [OutsideFinding, ...OutsideFinding[]]>();
  for (const finding of findings) {
    const key = `${finding.verdict} ${new URL(finding.url).host} ${finding.saw}`;
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, [finding]);
    } else {
      group.push(finding);
    }
  }
  return [...groups.values()];
}

function describeFindings(findings: Findings, style: Style): string[] {
  const [{ verdict, url, saw, remedy }] = findings;
  const place = findings.length === 1 ? url : new URL(url).host;
  return [
    `${describeVerdict(verdict, style)}  ${place}: ${saw}`,
    ...findings.map(({ expectation }) => `           not seen: ${expectation}`),
    ...(remedy === undefined ? [] : [`         ${remedy}`]),
  ];
}
