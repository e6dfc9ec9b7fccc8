import type { Offer } from './install/offer.ts';

/** `unverified`: this host cannot tell. The finding is shown, and stops nothing. */
type Verdict = 'passed' | 'warning' | 'failed' | 'unverified';

/** The conclusion of a check. */
export interface Judgement {
  readonly verdict: Verdict;
  /** What was seen. */
  readonly finding: string;
  /** What to do, with the command or the record to type; empty where nothing has to be done. */
  readonly remedy: string;
  /** Packages that would fix the problem. */
  readonly offers?: readonly Offer[];
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
