import { placeOf } from '../components/mail/sending.ts';
import { printable } from '../printable.ts';
import type { MailReport } from '../procedures/mail/test-mail.ts';
import { describeVerdict } from './findings.ts';
import type { Style } from './style.ts';

/**
 * Whether the mail server accepted the message, then the findings. Those that did not pass have a code to search for.
 */
export function describeMail(report: MailReport, style: Style): string[] {
  const { findings } = report;
  const right = findings.filter(({ verdict }) => verdict === 'passed');
  const rest = findings.filter(({ verdict }) => verdict !== 'passed');
  return [
    ...describeTaken(report, style),
    ...right.map(({ finding }) => `  ${printable(finding)}`),
    ...rest.flatMap(({ code, verdict, finding, remedy }) => [
      `${describeVerdict(verdict, style)}  ${printable(finding)}  ${style.dim(`[${code}]`)}`,
      ...(remedy === '' ? [] : [`         ${remedy}`]),
    ]),
  ];
}

function describeTaken(report: MailReport, style: Style): string[] {
  const { to, taken, tls, loggedIn } = report;
  if (!taken) return [style.red(`No mail was sent to ${to}.`)];
  const how = [tls ?? 'not encrypted', ...(loggedIn ? ['logged in'] : [])].join(', ');
  return [
    style.green(`${placeOf(report)} has accepted the message for ${to} (${how}).`),
    'Check that it arrives; look in the spam folder, too.',
  ];
}
