import type { Judgement } from '../judgement.ts';

/** Every code of a finding. They are stable: programs compare them. */
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
  /** For a stale cache: the seconds until it asks again, at most; absent if it does not say. */
  readonly secondsLeft?: number | undefined;
}

/** A record of the deployment, compared with what is published. */
export interface RecordRow {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'SRV' | 'CAA';
  readonly need: 'required' | 'optional';
  /** As a zone file writes it; `null` if there should be none, or if this host cannot know it. */
  readonly value: string | null;
  readonly published: readonly string[];
  readonly state: 'right' | 'missing' | 'wrong' | 'proxied' | 'unverified' | 'optional';
}

/** What one name server answered about one record. */
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

/** Whether no finding has failed. Warnings and unverified findings do not count. */
export function isAgreed({ findings }: Pick<DnsReport, 'findings'>): boolean {
  return findings.every(({ verdict }) => verdict !== 'failed');
}
