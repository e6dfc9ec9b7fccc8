import type { Judgement } from '../judgement.ts';

/** What can be wrong, each with a name that stays the same: for programs. */
type DnsCode =
  | 'missing'
  | 'missing-a'
  | 'missing-aaaa'
  | 'elsewhere'
  | 'wildcard'
  | 'proxied'
  | 'unanswered'
  | 'stale-cache'
  | 'split-dns'
  | 'hosts-file'
  | 'servers-disagree'
  | 'silent-server'
  | 'lame-server'
  | 'srv-missing'
  | 'srv-alias'
  | 'srv-elsewhere'
  | 'srv-uncertified'
  | 'caa';

export interface DnsFinding extends Judgement {
  readonly code: DnsCode;
  /** The name that it is about. */
  readonly name: string;
  /** For a stale cache: after how many seconds at most it asks again, where it says so. */
  readonly secondsLeft?: number | undefined;
}

/** One record of the deployment beside what is published. */
export interface RecordRow {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'SRV' | 'CAA';
  readonly need: 'required' | 'optional';
  /** As a zone file writes it; `null` where there should be none, or where nobody on this host can know. */
  readonly value: string | null;
  readonly published: readonly string[];
  readonly state: 'right' | 'missing' | 'wrong' | 'proxied' | 'unverified' | 'optional';
}

/** What one name server said of one record. */
export interface AnswerRow {
  readonly name: string;
  readonly type: string;
  /** Of the name server, with a port where it is not 53. */
  readonly address: string;
  readonly role: 'zone' | 'host' | 'public';
  /** The name of the name server, for one of the zone's own. */
  readonly nameServer: string | null;
  readonly values: readonly string[];
  readonly authoritative: boolean;
  readonly secondsLeft: number | null;
  /** The error code that came in place of an answer. */
  readonly failure: string | null;
}

export interface DnsReport {
  readonly serverName: string;
  readonly records: readonly RecordRow[];
  readonly answers: readonly AnswerRow[];
  readonly findings: readonly DnsFinding[];
}

/** Is nothing wrong? What cannot be told from here, and what works although it could be better, is no fault. */
export function isAgreed({ findings }: Pick<DnsReport, 'findings'>): boolean {
  return findings.every(({ verdict }) => verdict !== 'failed');
}
