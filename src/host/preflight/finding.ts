import type { Offer } from '../install/offer.ts';

/** The checks of a host, in the order in which they are told. */
export const checkNames = [
  'engine',
  'compose',
  'ipv6',
  'boot',
  'architecture',
  'memory',
  'disk',
  'writable',
  'deployment',
  'ports',
  'traefik',
  'firewall',
  'resolution',
  'registries',
  'clock',
  'authority',
  'challenge',
  'dns',
  'srv',
  'cdn',
  'caa',
] as const;

export type CheckName = (typeof checkNames)[number];

/** `unverified` is what cannot be told from here: it is shown, and stops nothing. */
type Verdict = 'passed' | 'warning' | 'failed' | 'unverified';

/** What a check concludes from what it saw. */
export interface Judgement {
  readonly verdict: Verdict;
  /** What was seen. */
  readonly finding: string;
  /** What to do, with the command or the record to type; empty where nothing has to be done. */
  readonly remedy: string;
  /** What can be installed against it. */
  readonly offers?: readonly Offer[];
}

export interface Finding extends Judgement {
  readonly check: CheckName;
  /** The public name that it is about, where it is about one. */
  readonly name?: string;
  /** Why it matters. */
  readonly reason: string;
}

export function passed(finding: string): Judgement {
  return { verdict: 'passed', finding, remedy: '' };
}

export function warning(finding: string, remedy: string): Judgement {
  return { verdict: 'warning', finding, remedy };
}

export function failed(finding: string, remedy: string): Judgement {
  return { verdict: 'failed', finding, remedy };
}

export function unverified(finding: string, remedy = ''): Judgement {
  return { verdict: 'unverified', finding, remedy };
}
