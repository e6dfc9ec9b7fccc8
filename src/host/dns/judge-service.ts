import type { Challenge } from '../../components/traefik/certificates.ts';
import { recordLine, valueFor } from '../../stack/delegation-records.ts';
import type { Stack } from '../../stack/stack.ts';
import { failed, warning } from '../judgement.ts';
import { publishedValues, type SeenRecords } from './answers.ts';
import { type CaaFacts, judgeCaa } from './judge-caa.ts';
import type { DnsFinding, RecordRow } from './report.ts';

/** Where the homeserver answers others. */
export interface FederationService {
  readonly host: string;
  readonly port: number;
  /** Is there a certificate for the server name? Without one, nobody trusts what an SRV record leads to. */
  readonly isCertified: boolean;
  /** Do others ask for SRV records first, since no document leads them? */
  readonly isFirst: boolean;
  /** Do SRV records lead the others, and nothing else? */
  readonly isNeeded: boolean;
}

/** The service of a deployment. */
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

/** What is published of one of the names. */
export interface PublishedService {
  readonly name: string;
  readonly records: readonly ServiceRecord[];
}

/** What an SRV answer says: `10 5 443 matrix.example.org.` */
export function publishedService(seen: SeenRecords): PublishedService {
  const records = publishedValues(seen).map((value) => {
    const [, , port, target = ''] = value.split(' ');
    return { value, port: Number(port), target: target.replace(/\.$/, '') };
  });
  return { name: seen.question.name, records };
}

/** Does a name lead here, by nothing but records that are right? */
function isServed(
  published: PublishedService,
  service: FederationService,
  aliases: readonly string[],
): boolean {
  return published.records.length > 0 && judgeService(published, service, aliases).length === 0;
}

/**
 * A record that is there must not lead elsewhere. Unless they are what leads others, none is needed: the server name's own
 * document, or the host under that name, leads here, and a record is used where the document cannot be had.
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
            `${name} SRV ${value}: homeservers that cannot read the well-known document go there, and meet no certificate for the server name`,
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

/** Where records are needed: is there none at all? Either name is enough, for all servers the older one. */
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

/** The SRV records that there are, and where they are needed those that there should be: the newer name first. */
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
  /** The names by which the CA goes in CAA records; none where they are not known. */
  readonly identities: readonly string[];
}

/** May the CA issue certificates for a name? */
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
