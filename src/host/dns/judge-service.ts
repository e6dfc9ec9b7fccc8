import type { Challenge } from '../../components/traefik/certificates.ts';
import { srvNames } from '../../federation/route.ts';
import { type CaaFacts, judgeCaa } from '../preflight/caa.ts';
import { failed, warning } from '../preflight/finding.ts';
import { publishedValues, type Seen } from './answers.ts';
import type { DnsFinding, RecordRow } from './report.ts';

/** The names of the SRV records by which other homeservers look for one. */
export function serviceNames(serverName: string): string[] {
  return Object.values(srvNames).map((service) => `${service}.${serverName}`);
}

/** Where the homeserver answers others. */
export interface Service {
  readonly host: string;
  readonly port: number;
  /** Is there a certificate for the server name? Without one, nobody trusts what an SRV record leads to. */
  readonly isCertified: boolean;
  /** Do others ask for SRV records first, since no document leads them? */
  readonly isFirst: boolean;
}

interface ServiceRecord {
  readonly value: string;
  readonly port: number;
  /** Without a dot at its end. */
  readonly target: string;
}

/** The records of an SRV answer: `10 5 443 matrix.example.org.` */
export function serviceRecords(seen: Seen): ServiceRecord[] {
  return publishedValues(seen).map((value) => {
    const [, , port, target = ''] = value.split(' ');
    return { value, port: Number(port), target: target.replace(/\.$/, '') };
  });
}

/**
 * SRV records are not needed: the server name's own document, or the host under that name, leads here. One that is
 * there is used where the document cannot be had, and must not lead elsewhere.
 *
 * @param aliases those targets that are aliases
 */
export function judgeService(seen: Seen, service: Service, aliases: readonly string[]): DnsFinding[] {
  const { name } = seen.question;
  return serviceRecords(seen).flatMap(({ value, port, target }): DnsFinding[] => {
    if (aliases.includes(target)) {
      return [
        {
          code: 'srv-alias',
          name,
          ...failed(
            `${name} SRV ${value}: ${target} is an alias (CNAME), which the target must not be (RFC 2782)`,
            `Give ${target} A and AAAA records in place of the CNAME, or name what it leads to; or delete the SRV record, which this server does not need.`,
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
            'Delete it: this server does not need it.',
          ),
        },
      ];
    }
    return target === service.host && port === service.port
      ? []
      : [
          {
            code: 'srv-elsewhere',
            name,
            ...(service.isFirst
              ? failed(
                  `${name} SRV ${value} does not lead to ${service.host} on port ${service.port}: other homeservers go there`,
                  'Delete it: this server does not need it.',
                )
              : warning(
                  `${name} SRV ${value} does not lead to ${service.host} on port ${service.port}: homeservers that cannot read the well-known document go there`,
                  'Delete it: this server does not need it.',
                )),
          },
        ];
  });
}

/** The SRV records that there are. */
export function serviceRows(seen: Seen, service: Service, aliases: readonly string[]): RecordRow[] {
  const published = publishedValues(seen);
  const isRight = judgeService(seen, service, aliases).length === 0;
  return published.length === 0
    ? []
    : [
        {
          name: seen.question.name,
          type: 'SRV',
          need: 'optional',
          value: service.isCertified ? `10 5 ${service.port} ${service.host}.` : null,
          published,
          state: isRight ? 'right' : 'wrong',
        },
      ];
}

export interface Certification {
  readonly challenge: Challenge;
  /** The names by which the CA goes in CAA records; none where they are not known. */
  readonly identities: readonly string[];
}

/** May the CA certify a name? */
export function judgeCertification(
  name: string,
  { identities, challenge }: Certification,
  facts: CaaFacts,
): DnsFinding[] {
  const judgement = judgeCaa({ name, authority: identities, challenge }, facts);
  return judgement.verdict === 'passed' ? [] : [{ code: 'caa', name, ...judgement }];
}

/** The record that lets this CA alone certify a name: none is needed, and every CA may where there is none. */
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
