import type { CheckFinding } from '../federation/knowledge.ts';
import type { FederationRoute } from '../federation/route.ts';
import { bracketed } from '../identifiers/host-name.ts';
import { printable } from '../printable.ts';
import type { Checked } from '../procedures/check/check.ts';
import { describeVerdict } from './findings.ts';
import type { Style } from './style.ts';
import { countOf } from './wording.ts';

/** One line for each fact, then each finding: what was seen, why it matters, what to do. */
export function describeCheck(report: Checked, style: Style): string[] {
  const { serverName, findings, seconds } = report;
  const wrong = findings.filter(({ verdict }) => verdict === 'failed').length;
  const notes = findings.length - wrong;
  const verdict = wrong === 0 ? style.green('no problems') : style.red(`${countOf(wrong, 'thing')} wrong`);
  const beside = notes === 0 ? '' : `, ${countOf(notes, 'note')}`;
  return [
    `${style.bold(serverName)}: ${verdict}${beside} (${seconds.toFixed(1)} s)`,
    ...describeSeen(report, style).map(([what, seen]) => `  ${what.padEnd(10)} ${seen}`),
    ...inOrder(findings).flatMap((finding) => ['', ...describeCheckFinding(finding, style)]),
  ];
}

function describeSeen(report: Checked, style: Style): [string, string][] {
  const { route, addresses, software, keys, baseUrl, clockMilliseconds, calls } = report;
  const places = addresses.map(({ place, ok }) => (ok ? place : style.red(`${place} (wrong)`)));
  return [
    ['found by', describeRoute(route)],
    ...places.map((place, index): [string, string] => [index === 0 ? 'at' : '', place]),
    ...(software === null ? [] : [['runs', printable(software)] as [string, string]]),
    ...(keys.length === 0 ? [] : [['signs with', printable(keys.join(', '))] as [string, string]]),
    ...(clockMilliseconds === null ? [] : [['clock', describeClock(clockMilliseconds)] as [string, string]]),
    ['clients at', printable(baseUrl)],
    ...calls.map((url): [string, string] => ['calls at', printable(url)]),
  ];
}

function describeClock(milliseconds: number): string {
  return milliseconds === 0
    ? 'that of this host'
    : `${Math.abs(milliseconds / 1000).toFixed(0)} s ${milliseconds > 0 ? 'ahead of' : 'behind'} that of this host`;
}

function describeRoute({ isDelegated, step, name, srvName, targets }: FederationRoute): string {
  const places = targets.map(({ host, port }) => `${bracketed(host)}:${port}`).join(', ');
  const beginning = isDelegated ? `/.well-known/matrix/server names ${name}; ` : '';
  switch (step) {
    case 'srv':
    case 'srv-legacy':
      return `${beginning}the SRV record ${srvName} leads to ${places}`;
    case 'address':
      return `${beginning}its address: ${places}`;
    case 'port':
      return isDelegated ? `/.well-known/matrix/server names ${places}` : `its port: ${places}`;
    case 'default':
      return `${beginning}no SRV record, so the default port: ${places}`;
  }
}

const order: readonly CheckFinding['verdict'][] = ['failed', 'warning', 'unverified'];

function inOrder(findings: readonly CheckFinding[]): CheckFinding[] {
  return order.flatMap((verdict) => findings.filter((each) => each.verdict === verdict));
}

/** What was seen, why it matters, and what to do. */
export function describeCheckFinding(
  { code, verdict, at, saw, reason, remedy }: Omit<CheckFinding, 'code'> & { readonly code: string },
  style: Style,
): string[] {
  return [
    `${describeVerdict(verdict, style)}  ${printable(`${at}: ${saw}`)}  ${style.dim(`[${code}]`)}`,
    `         Why: ${reason}.`,
    `         Fix: ${remedy}`,
  ];
}
