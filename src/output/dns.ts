import { labelOf } from '../host/dns/judge-agreement.ts';
import { type AnswerRow, type DnsReport, isAgreed, type RecordRow } from '../host/dns/report.ts';
import { describeVerdict } from './findings.ts';
import type { Style } from './style.ts';
import { withHeader } from './table.ts';

/** The wanted records beside the published ones, then what is wrong, with what to do. */
export function describeDns({ serverName, records, findings }: DnsReport, style: Style): string[] {
  if (records.length === 0) {
    return ['Published on this machine only: no records are needed.'];
  }
  const rows = records.map(({ name, type, value, published, state }) => [
    `${name}.`,
    type,
    value ?? placeholders[state],
    published.length === 0 ? '-' : published.join(', '),
    state,
  ]);
  return [
    ...withHeader(['NAME', 'TYPE', 'SHOULD BE', 'IS', 'STATE'], rows, { style }),
    ...findings.flatMap(({ verdict, finding, remedy }) => [
      `${describeVerdict(verdict, style)}  ${finding}`,
      ...(remedy === '' ? [] : [`         ${remedy}`]),
    ]),
    conclusion(serverName, findings, style),
  ];
}

function conclusion(serverName: string, findings: DnsReport['findings'], style: Style): string {
  if (!isAgreed({ findings })) {
    return style.red(`The DNS records of ${serverName} are not correct yet.`);
  }
  return findings.some(({ verdict }) => verdict === 'unverified')
    ? `No problems found with the DNS records of ${serverName}, as far as this host can tell.`
    : style.green(`The DNS records of ${serverName} are correct.`);
}

const ofRouter = 'the public address of your router';

/** The text in place of a missing value: the record must be deleted, or the value is not known here. */
const placeholders: Readonly<Record<RecordRow['state'], string>> = {
  wrong: 'nothing: delete it',
  proxied: '-',
  missing: ofRouter,
  unverified: ofRouter,
  right: '-',
  optional: '-',
};

/** How long resolvers may keep the records, in seconds: one hour, as with many providers. */
const timeToLive = 3600;

/**
 * The records as a snippet for a zone file (RFC 1035, section 5). Optional records, and records whose value is not
 * known here, are comments.
 */
export function describeZone({ serverName, records }: Pick<DnsReport, 'serverName' | 'records'>): string[] {
  return [
    `; the records of the Matrix homeserver of ${serverName}`,
    ...records.flatMap((row) => {
      const line = `${row.name}. ${timeToLive} IN ${row.type} ${row.value ?? `<${ofRouter}>`}`;
      if (row.value === null) {
        return row.state === 'wrong' ? [`; delete the ${row.type} records of ${row.name}.`] : [`; ${line}`];
      }
      return row.need === 'optional' ? [`; optional: ${whyOptional(row)}`, `; ${line}`] : [line];
    }),
  ];
}

function whyOptional({ type, state }: RecordRow): string {
  if (type === 'CAA') return 'no other CA may issue certificates for these names';
  // A missing SRV record is shown as optional when the other name has the record.
  return state === 'optional'
    ? 'the same for homeservers that ask for this name'
    : 'for homeservers that cannot read the well-known document';
}

/** One answer of a name server, as one line. */
function describeAnswer({ nameServer, ...answer }: AnswerRow): string {
  const { name, type, values, secondsLeft, failure } = answer;
  const server = labelOf({ ...answer, name: nameServer ?? undefined });
  const kept = secondsLeft === null ? '' : ` (kept ${secondsLeft} s)`;
  const said = failure === null ? `${values.join(', ') || 'nothing'}${kept}` : `no answer (${failure})`;
  return `${name} ${type}  ${server}: ${said}`;
}

/** Returns a function that prints all answers at first, and later the answers that have changed. */
export function answerTeller(say: (line: string) => void): (report: Pick<DnsReport, 'answers'>) => void {
  const told = new Map<string, string>();
  return ({ answers }) => {
    for (const answer of answers) {
      const key = `${answer.role} ${answer.address} ${answer.name} ${answer.type}`;
      // The remaining lifetime changes all the time, and is no change of the answer.
      const said = `${answer.values.join()} ${answer.failure}`;
      if (told.get(key) !== said) {
        told.set(key, said);
        say(describeAnswer(answer));
      }
    }
  };
}
