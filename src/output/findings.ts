import type { Judgement } from '../host/judgement.ts';
import type { Style } from './style.ts';

/** The word before a finding that did not pass. It has seven characters, so that the texts after it are aligned. */
export function describeVerdict(verdict: Judgement['verdict'], style: Style): string {
  if (verdict === 'failed') return style.red('WRONG  ');
  return verdict === 'warning' ? style.yellow('WARNING') : 'UNKNOWN';
}
