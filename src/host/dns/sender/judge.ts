import { failed, type Judgement, passed, unverified, warning } from '../../judgement.ts';
import type { Lookup } from '../../network.ts';
import { countLookups, evaluate, mostLookups, parseSpf, type SpfFacts } from './spf.ts';

/** Every code of a finding about a sender's domain. They are stable: programs compare them. */
export type SenderCode =
  | 'spf'
  | 'spf-missing'
  | 'spf-several'
  | 'spf-wrong'
  | 'spf-lookups'
  | 'spf-open'
  | 'spf-elsewhere'
  | 'dkim'
  | 'dkim-missing'
  | 'dkim-revoked'
  | 'dkim-unknown'
  | 'dmarc'
  | 'dmarc-missing'
  | 'dmarc-several'
  | 'dmarc-wrong'
  | 'sender-unanswered';

export interface SenderFinding extends Judgement {
  readonly code: SenderCode;
}

export interface DkimSeen {
  /** Whether the operator has named the selector of the key; otherwise, usual ones are tried. */
  readonly isNamed: boolean;
  readonly asked: readonly { readonly at: string; readonly found: Lookup<string> }[];
}

export interface DmarcSeen {
  readonly at: string;
  readonly found: Lookup<string>;
  /** Whether it is the record of the domain itself, and not of a parent domain. */
  readonly isOwn: boolean;
}

/** What the DNS says about the senders of mail for a domain. */
export interface SenderSeen {
  readonly domain: string;
  /** The mail server to which mail is handed over, and its addresses. */
  readonly relay: string;
  readonly relayAddresses: readonly string[];
  readonly spf: SpfFacts;
  readonly dkim: DkimSeen;
  readonly dmarc: DmarcSeen;
}

/** Judges whether receivers will accept mail of this domain as genuine. */
export function judgeSenderDomain(seen: SenderSeen): SenderFinding[] {
  return [judgeSpf(seen), judgeDkim(seen), judgeDmarc(seen)];
}

function unanswered(at: string, failure: string): SenderFinding {
  return { code: 'sender-unanswered', ...unverified(`${at} could not be asked for (${failure})`) };
}

function judgeSpf({ domain, relay, relayAddresses, spf }: SenderSeen): SenderFinding {
  const found = spf.policies.get(domain) ?? { records: [] };
  if ('failure' in found) return unanswered(`the SPF record of ${domain}`, found.failure);
  const [record, ...others] = found.records;
  if (record === undefined) {
    return {
      code: 'spf-missing',
      ...warning(
        `${domain} has no SPF record, which says who may send mail for it: many receivers take the mail for spam`,
        `Set what your mail provider names, or, where ${relay} itself sends to everybody: \`${domain}. TXT "v=spf1 a:${relay} -all"\`.`,
      ),
    };
  }
  if (others.length > 0) {
    return {
      code: 'spf-several',
      ...failed(
        `${domain} has ${found.records.length} SPF records, and receivers then ignore them all (RFC 7208, section 4.5)`,
        'Join them to one: `v=spf1`, all that was in them, and one `-all` or `~all` at the end.',
      ),
    };
  }
  if (parseSpf(record) === undefined) {
    return {
      code: 'spf-wrong',
      ...failed(
        `the SPF record of ${domain} has a part that receivers cannot read, and they then ignore all of it: ${record}`,
        'Correct it; its parts are such as `include:NAME`, `a:NAME`, `ip4:ADDRESS`, `-all`.',
      ),
    };
  }
  if (countLookups(domain, spf) > mostLookups) {
    return {
      code: 'spf-lookups',
      ...failed(
        `the SPF record of ${domain} makes receivers ask the DNS more than ${mostLookups} times, and they give up before (RFC 7208, section 4.6.4)`,
        'Take out each include, a and mx that you do not send through any more.',
      ),
    };
  }
  // An address of documentation (RFC 5737), which nobody sends from.
  if (evaluate(domain, '192.0.2.1', spf) === 'pass') {
    return {
      code: 'spf-open',
      ...warning(
        `the SPF record of ${domain} lets everybody send in its name`,
        'End it with `-all` or `~all`.',
      ),
    };
  }
  const results = relayAddresses.map((address) => evaluate(domain, address, spf));
  if (results.includes('pass')) {
    return { code: 'spf', ...passed(`SPF: ${domain} lets ${relay} send in its name`) };
  }
  return results.some((result) => result === 'fail' || result === 'softfail')
    ? {
        code: 'spf-elsewhere',
        ...warning(
          `the SPF record of ${domain} does not name ${relay}: right where that hands the mail to others that are named, wrong where it sends itself`,
          'See the headers of a mail that arrived: `spf=pass` is right. Else add what your mail provider names.',
        ),
      }
    : { code: 'spf', ...passed(`SPF: ${domain} says who may send in its name`) };
}

function judgeDkim({ domain, dkim: { asked, isNamed } }: SenderSeen): SenderFinding {
  const keys = asked.flatMap(({ at, found }) =>
    'records' in found && found.records.length > 0 ? [{ at, ...found }] : [],
  );
  const isRevoked = ({ records }: { records: readonly string[] }) =>
    records.every((record) => /(?:^|;)\s*p=\s*(?:;|$)/i.test(record));
  const good = keys.find((key) => !isRevoked(key));
  if (good !== undefined) {
    return { code: 'dkim', ...passed(`DKIM: ${good.at} has a key with which mail can be signed`) };
  }
  const [first] = asked;
  if (isNamed && first !== undefined) {
    if ('failure' in first.found) return unanswered(first.at, first.found.failure);
    return keys.length > 0
      ? {
          code: 'dkim-revoked',
          ...failed(
            `${first.at} says that its key is no longer valid`,
            'Publish the key that the mail server signs with.',
          ),
        }
      : {
          code: 'dkim-missing',
          ...failed(
            `there is no DKIM key at ${first.at}: receivers cannot verify the signature`,
            'Publish the key that the mail server signs with; your mail provider names the record.',
          ),
        };
  }
  return {
    code: 'dkim-unknown',
    ...unverified(
      `no DKIM key of ${domain} was found at the usual names; only the mail server knows by which name it signs`,
      'See the header DKIM-Signature of the mail that arrived: name what follows s= with --dkim-selector. If there is no such header, let your mail server sign.',
    ),
  };
}

function judgeDmarc({ domain, dmarc: { at, found, isOwn } }: SenderSeen): SenderFinding {
  if ('failure' in found) return unanswered(at, found.failure);
  const [record, ...others] = found.records;
  if (record === undefined) {
    return {
      code: 'dmarc-missing',
      ...warning(
        `${domain} has no DMARC record, which says what receivers do with forged mail; large receivers want one`,
        `Begin with \`_dmarc.${domain}. TXT "v=DMARC1; p=none"\`; quarantine or reject later.`,
      ),
    };
  }
  if (others.length > 0) {
    return {
      code: 'dmarc-several',
      ...failed(
        `${at} has ${found.records.length} DMARC records, and receivers then ignore them all`,
        'Leave one.',
      ),
    };
  }
  const policy = (!isOwn && tagIn(record, 'sp')) || tagIn(record, 'p');
  return policy !== undefined && ['none', 'quarantine', 'reject'].includes(policy)
    ? { code: 'dmarc', ...passed(`DMARC: ${at} asks receivers of forged mail for ${policy}`) }
    : {
        code: 'dmarc-wrong',
        ...failed(
          `the DMARC record ${at} has no policy that receivers know: ${record}`,
          'It begins with `v=DMARC1; p=` and none, quarantine or reject.',
        ),
      };
}

/** The value of a tag, in lower case (RFC 7489, section 6.4). */
function tagIn(record: string, tag: string): string | undefined {
  return new RegExp(`;\\s*${tag}\\s*=\\s*([a-z]+)\\s*(?:;|$)`, 'i').exec(record)?.[1]?.toLowerCase();
}
