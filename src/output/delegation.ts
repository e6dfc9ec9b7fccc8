import type { DocumentFinding } from '../federation/judge-documents.ts';
import type { DelegationReport } from '../procedures/delegation.ts';
import { describeCheckFinding } from './check.ts';
import { nothingOutside } from './outside.ts';
import type { Style } from './style.ts';

/** The documents that the server name must serve, then what is wrong with the ones that it serves. */
export function describeDelegationReport(report: DelegationReport, style: Style): string[] {
  if (report.documents.length === 0) {
    return [nothingOutside];
  }
  return [
    ...describeDocuments(report, style),
    ...describeRecords(report.records),
    ...report.findings.flatMap((finding) => ['', ...describeCheckFinding(finding, style)]),
    '',
    conclusion(report, style),
  ];
}

/** Both documents, with their headers. */
export function describeDocuments(
  { serverName, servedBy, documents }: Pick<DelegationReport, 'serverName' | 'servedBy' | 'documents'>,
  style: Style,
): string[] {
  const [first] = documents;
  const headers = Object.entries(first?.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  return [
    `${style.bold(serverName)}: ${servedBy === 'this server' ? 'this server answers' : 'the site there must answer'} with`,
    ...documents.flatMap(({ url, body }) => [`  ${url}`, `    ${body}`]),
    `  with the headers ${headers.join(' and ')}`,
    ...(servedBy === 'this server'
      ? []
      : ['For your web server: `matrix-deploy delegation --for nginx` (or apache, caddy, traefik, static).']),
  ];
}

/** The SRV records that lead other homeservers here, and the command that checks them. */
export function describeRecords(records: readonly string[]): string[] {
  return records.length === 0
    ? []
    : [
        'Other homeservers are led by SRV records; `matrix-deploy dns` looks at them:',
        ...records.map((record) => `  ${record}`),
      ];
}

function conclusion({ serverName, federationAddress, findings }: DelegationReport, style: Style): string {
  if (findings.some(({ verdict }) => verdict === 'failed')) {
    return style.red(`${serverName} does not lead to this server yet.`);
  }
  return findings.length > 0
    ? `No problems found with the documents of ${serverName}, as far as this host can tell.`
    : style.green(
        `${serverName} leads to this server, for clients and at ${federationAddress} for other homeservers.`,
      );
}

/** Returns a function that prints the findings when they have changed. */
export function findingTeller(
  say: (line: string) => void,
): (report: Pick<DelegationReport, 'findings'>) => void {
  let told = '';
  return ({ findings }) => {
    const lines = findings.map(lineOf);
    if (lines.join('\n') !== told) {
      told = lines.join('\n');
      lines.forEach(say);
    }
  };
}

function lineOf({ at, saw, code }: DocumentFinding): string {
  return `${at}: ${saw} [${code}]`;
}
