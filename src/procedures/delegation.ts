import { isPrivateToHost } from '../apply/locate-names.ts';
import type { OutsideFinding } from '../apply/verify-outside.ts';
import {
  chosenDelegation,
  type DelegationKind,
  describeDelegation,
  isFitting,
} from '../components/delegation.ts';
import type { Config } from '../config/schema.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { DocumentFinding } from '../federation/judge-documents.ts';
import { lookAtService } from '../host/dns/look-at-service.ts';
import type { Network } from '../host/network.ts';
import { type SnippetKind, snippetFor } from '../render/delegation-snippet.ts';
import { delegationDocuments, documentHeaders } from '../stack/delegation-documents.ts';
import { recordLine, wantedServiceRecords } from '../stack/delegation-records.ts';
import { type Stack, unlockedStack } from '../stack/stack.ts';
import { lookAtDocuments } from './check/documents.ts';

/** A well-known document: its URL, and the wanted answer. */
export interface WantedDocument {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How the server name leads to a deployment, and whether it does. */
export interface DelegationReport {
  readonly serverName: string;
  readonly way: DelegationKind;
  /** Where other homeservers connect to. */
  readonly federationAddress: string;
  /** Who must serve the documents. */
  readonly servedBy: 'this server' | 'a site elsewhere';
  readonly documents: readonly WantedDocument[];
  /** The SRV records that lead other homeservers, as a zone file writes them; none where no records are used. */
  readonly records: readonly string[];
  readonly findings: readonly DocumentFinding[];
}

interface Subject {
  readonly directory: string;
  readonly config: Config;
}

type Ports = Pick<Context, 'surroundings' | 'interrupt' | 'patience'>;

/**
 * Checks whether both documents of the server name lead to a deployment.
 *
 * @throws CancelledError when it was interrupted
 */
export async function lookAtDelegation(
  { directory, config }: Subject,
  context: Ports,
): Promise<DelegationReport> {
  const stack = unlockedStack(config);
  const { serverName, delegation } = stack;
  const isPrivate = isPrivateToHost(stack.edge);
  return {
    serverName,
    way: chosenDelegation(config),
    federationAddress: delegation.federationAddress,
    servedBy: delegation.isElsewhere ? 'a site elsewhere' : 'this server',
    documents: isPrivate ? [] : wantedDocuments(serverName, delegation),
    records: isPrivate ? [] : wantedRecords(stack),
    findings: isPrivate ? [] : await lookAtDocuments(directory, stack, context),
  };
}

/** The SRV records that lead other homeservers to a deployment, as a zone file writes them. */
export function wantedRecords({ serverName, host, edge, delegation }: Stack): string[] {
  return delegation.ledBy === 'records'
    ? wantedServiceRecords(serverName, { host, port: edge.httpsPort }).map(recordLine)
    : [];
}

/** The documents that must be served on the server name, so that it leads to a deployment. */
export function wantedDocuments(
  serverName: string,
  delegation: Pick<Stack['delegation'], 'federationAddress' | 'ledBy' | 'clientUrl'>,
): WantedDocument[] {
  const { server, client } = delegationDocuments(delegation);
  return [...(delegation.ledBy === 'document' ? [server] : []), client].map(({ path, body }) => ({
    url: `https://${serverName}${path}`,
    headers: documentHeaders,
    body,
  }));
}

/**
 * The configuration with which a web server elsewhere serves both documents. It does not depend on the setting
 * `delegation`, so that the site can be prepared before that is changed.
 *
 * @throws UsageError where the server name is the host, which needs no other site
 */
export function snippetOf(config: Config, kind: SnippetKind): string {
  if (!isFitting('elsewhere', config)) {
    throw new UsageError(`${config.host} is the server name and the host: no other site can answer for it`, {
      code: 'usage.delegation',
      hint: 'Another site can answer on the server name where host is another name, such as matrix.example.org.',
    });
  }
  const { edge } = unlockedStack(config);
  return snippetFor(kind, {
    serverName: config.server_name,
    ...describeDelegation({ ...config, delegation: 'elsewhere' }, edge),
  });
}

/** Checks the SRV records, for `verify`; no findings where no records are used. */
export async function verifyService(
  stack: Stack,
  network: Pick<Network, 'srv' | 'cname'>,
): Promise<OutsideFinding[]> {
  if (stack.delegation.ledBy !== 'records' || isPrivateToHost(stack.edge)) {
    return [];
  }
  const expectation = 'the SRV records that lead other homeservers here';
  const urlOf = (name: string) => `dns:${name}?type=SRV`;
  const found = await lookAtService(stack, network);
  return found.length === 0
    ? [{ expectation, url: urlOf(stack.serverName), verdict: 'passed' }]
    : found.map(({ code, name, verdict, finding, remedy }) => ({
        expectation,
        url: urlOf(name),
        verdict,
        code,
        saw: finding,
        remedy,
      }));
}

const expectations = {
  server: 'the document that leads other homeservers here',
  client: 'the document that leads clients here',
} as const;

/** Checks the documents of another site, for `verify`; no findings where this server serves the documents. */
export async function verifyDocuments(
  directory: string,
  stack: Stack,
  context: Ports,
): Promise<OutsideFinding[]> {
  const { serverName, delegation, edge } = stack;
  if (!delegation.isElsewhere || isPrivateToHost(edge)) {
    return [];
  }
  const findings = await lookAtDocuments(directory, stack, context);
  const asked = delegation.ledBy === 'document' ? (['server', 'client'] as const) : (['client'] as const);
  return asked.flatMap((document): OutsideFinding[] => {
    const expectation = expectations[document];
    const url = `https://${serverName}${delegationDocuments(delegation)[document].path}`;
    const found = findings.filter((each) => asked.length === 1 || [document, 'both'].includes(each.document));
    return found.length === 0
      ? [{ expectation, url, verdict: 'passed' }]
      : found.map(({ code, verdict, at, saw, remedy }) => ({
          expectation,
          url,
          verdict,
          code,
          saw: at === serverName ? saw : `${saw} (${at})`,
          remedy,
        }));
  });
}
