import type { Challenge } from '../../components/traefik/certificates.ts';
import { recordLine, valueFor } from '../../stack/delegation-records.ts';
import type { Stack } from '../../stack/stack.ts';
import { failed, warning } from '../judgement.ts';
import { publishedValues, type SeenRecords } from './answers.ts';
import { type CaaFacts, judgeCaa } from './judge-caa.ts';
import type { DnsFinding, RecordRow } from './report.ts';

/** Where the homeserver answers other homeservers. */
export interface FederationService {
  readonly host: string;
  readonly port: number;
  /** Whether there is a certificate for the server name. Without one, nobody trusts the target of an SRV record. */
  readonly isCertified: boolean;
  /** Whether others look for SRV records first, since no well-known document leads them. */
  readonly isFirst: boolean;
  /** Whether only SRV records lead others here. */
  readonly isNeeded: boolean;
}

export function serviceOf({
  host,
  edge,
  delegation: { ledBy, isElsewhere, federationPort },
}: Pick<Stack, 'host' | 'edge' | 'delegation'>): FederationService {
  return {
    host,
    port: federationPort ?? edge.httpsPort,
    isCertified: ledBy === 'records' || !isElsewhere,
    isFirst: ledBy !== 'document',
    isNeeded: ledBy === 'records',
  };
}

interface ServiceRecord {
  readonly value: string;
  readonly port: number;
  /** Without a dot at its end. */
  readonly target: string;
}

/** The SRV records that are published under one name. */
export interface PublishedService {
  readonly name: string;
  readonly records: readonly ServiceRecord[];
}

/** The records of an SRV answer, from values such as `10 5 443 matrix.example.org.` */
export function publishedService(seen: SeenRecords): PublishedService {
  const records = publishedValues(seen).map((value) => {
    const [, , port, target = ''] = value.split(' ');
    return { value, port: Number(port), target: target.replace(/\.$/, '') };
  });
  return { name: seen.question.name, records };
}

/** Whether a name has SRV records, and all of them are right. */
function isServed(
  published: PublishedService,
  service: FederationService,
  aliases: readonly string[],
): boolean {
  return published.records.length > 0 && judgeService(published, service, aliases).length === 0;
}

/**
 * Judges the SRV records of a name. A record that exists must not lead elsewhere. Unless only SRV records lead others
 * here, none is needed: the well-known document of the server name, or the server name itself, leads here, and others
 * use a record only if they cannot get a document.
 *
 * @param aliases those targets that are aliases
 */
export function judgeService(
  { name, records }: PublishedService,
  service: FederationService,
  aliases: readonly string[],
): DnsFinding[] {
  const way = service.isNeeded
    ? `Set at your DNS provider: \`${recordLine({ name, value: valueFor(service) })}\`, and delete other SRV records of that name.`
    : 'Delete it: this server does not need it.';
  return records.flatMap(({ value, port, target }): DnsFinding[] => {
    if (aliases.includes(target)) {
      return [
        {
          code: 'srv-alias',
          name,
          ...failed(
            `${name} SRV ${value}: ${target} is an alias (CNAME), which the target must not be (RFC 2782)`,
            `Give ${target} A and AAAA records in place of the CNAME, or name what it leads to${service.isNeeded ? '' : '; or delete the SRV record, which this server does not need'}.`,
          ),
        },
      ];
    }
    if (!service.isCertified) {
      return [
        {
          code: 'srv-uncertified',
          name,
          ...warning(
            `${name} SRV ${value}: homeservers that cannot read the well-known document go there, and find no certificate for the server name`,
            way,
          ),
        },
      ];
    }
    const seen = `${name} SRV ${value} does not lead to ${service.host} on port ${service.port}`;
    return target === service.host && port === service.port
      ? []
      : [
          {
            code: 'srv-elsewhere',
            name,
            ...(service.isFirst
              ? failed(`${seen}: other homeservers go there`, way)
              : warning(`${seen}: homeservers that cannot read the well-known document go there`, way)),
          },
        ];
  });
}

/** A finding if records are needed and none exists. One name is enough; all servers ask for the older one. */
export function judgeMissingService(
  all: readonly PublishedService[],
  service: FederationService,
): DnsFinding[] {
  const [first] = all;
  return !service.isNeeded || first === undefined || all.some(({ records }) => records.length > 0)
    ? []
    : [
        {
          code: 'srv-missing',
          name: first.name,
          ...failed(
            `${first.name} has no SRV record: other homeservers do not find this one`,
            `Set at your DNS provider: ${all.map(({ name }) => `\`${recordLine({ name, value: valueFor(service) })}\``).join(' and ')}.`,
          ),
        },
      ];
}

/** The SRV records that exist and, if records are needed, those that should exist: the newer name first. */
export function serviceRows(
  all: readonly PublishedService[],
  service: FederationService,
  aliases: readonly string[],
): RecordRow[] {
  const isOneServed = all.some((published) => isServed(published, service, aliases));
  return all.flatMap((published, index): RecordRow[] => {
    const row = {
      name: published.name,
      type: 'SRV' as const,
      value: service.isCertified ? valueFor(service) : null,
      published: published.records.map(({ value }) => value),
    };
    return row.published.length > 0
      ? [
          {
            ...row,
            need: service.isNeeded ? 'required' : 'optional',
            state: isServed(published, service, aliases) ? 'right' : 'wrong',
          },
        ]
      : missingRows(row, service, index === 0 && !isOneServed);
  });
}

function missingRows(
  row: Omit<RecordRow, 'need' | 'state'>,
  { isNeeded }: FederationService,
  isRequired: boolean,
): RecordRow[] {
  if (!isNeeded) return [];
  return [
    isRequired
      ? { ...row, need: 'required', state: 'missing' }
      : { ...row, need: 'optional', state: 'optional' },
  ];
}

export interface Certification {
  readonly challenge: Challenge;
  /** The names of the CA in CAA records; none if they are not known. */
  readonly identities: readonly string[];
}

/** A finding if the CA may not issue certificates for a name, or if that is unknown. */
export function judgeCertification(
  name: string,
  { identities, challenge }: Certification,
  facts: CaaFacts,
): DnsFinding[] {
  const judgement = judgeCaa({ name, authority: identities, challenge }, facts);
  return judgement.verdict === 'passed' ? [] : [{ code: 'caa', name, ...judgement }];
}

/** The record that allows only this CA for a name. It is optional: without one, every CA is allowed. */
export function certificationRow(name: string, certification: Certification, facts: CaaFacts): RecordRow[] {
  const [identity] = certification.identities;
  if (identity === undefined) {
    return [];
  }
  const published =
    'records' in facts
      ? facts.records.flatMap(({ issue }) => (issue === undefined ? [] : [`0 issue "${issue}"`]))
      : [];
  const isRefused = judgeCertification(name, certification, facts).some(
    ({ verdict }) => verdict === 'failed',
  );
  return [
    {
      name: published.length > 0 && 'records' in facts ? facts.at : name,
      type: 'CAA',
      need: isRefused ? 'required' : 'optional',
      value: `0 issue "${identity}"`,
      published,
      state: isRefused ? 'wrong' : published.length > 0 ? 'right' : 'optional',
    },
  ];
}
