import type { Scalar } from 'yaml';
import { abridged } from '../components/wrong-value.ts';
import { pythonReading, type ScalarReading } from './python-yaml.ts';

/** Whether PyYAML, which implements YAML 1.1, reads a plain scalar differently than this program. */
export function differs(node: Scalar): boolean {
  return !isSame(node.value, theirs(node));
}

/** Both readings, as in "YAML 1.1 … reads no as false, this file's YAML 1.2 reads it as text". */
export function explainReadings(node: Scalar): string {
  const source = abridged(sourceOf(node)) || 'an empty value';
  return `YAML 1.1, which Synapse's documentation uses, reads ${source} as ${describe(theirs(node))}, this file's YAML 1.2 reads it as ${describe(ours(node))}`;
}

/** Why a name without quotes is not text for every YAML reader. */
export function explainName(node: Scalar): string {
  const quoted = JSON.stringify(abridged(sourceOf(node)));
  return `YAML 1.1, which Synapse's documentation uses, reads it as ${describe(theirs(node))}: write ${quoted}`;
}

/** Both readings, and how to write each one unambiguously. */
export function explainDifference(node: Scalar): string {
  const ways = [literalOfOurs(node), literalOfTheirs(node)].filter((way) => way !== undefined);
  const quoted = JSON.stringify(abridged(sourceOf(node)));
  return `${explainReadings(node)}: write ${[...new Set(ways.length === 0 ? [quoted] : ways)].join(' or ')}`;
}

/** How to write our reading so that every YAML reader agrees on it; `undefined` when that is impossible. */
export function literalOfOurs(node: Scalar): string | undefined {
  return literal(ours(node), sourceOf(node));
}

export function literalOfTheirs(node: Scalar): string | undefined {
  return literal(theirs(node), sourceOf(node));
}

/**
 * The YAML 1.1 reading as a JavaScript value. For a date and for a refused scalar, `undefined`: no setting accepts
 * it.
 */
export function valueOfTheirs(node: Scalar): unknown {
  const reading = theirs(node);
  if (reading.kind === 'text') return sourceOf(node);
  if (reading.kind !== 'value') return undefined;
  return typeof reading.value === 'bigint' ? Number(reading.value) : reading.value;
}

function sourceOf({ source }: Scalar): string {
  return source ?? '';
}

function theirs(node: Scalar): ScalarReading {
  return pythonReading(sourceOf(node));
}

function ours({ value }: Scalar): ScalarReading {
  return typeof value === 'string'
    ? { kind: 'text' }
    : { kind: 'value', value: value as number | boolean | null };
}

function isSame(own: unknown, other: ScalarReading): boolean {
  if (typeof own === 'string' || other.kind !== 'value')
    return typeof own === 'string' && other.kind === 'text';
  const { value } = other;
  if (typeof own === 'number' && typeof value === 'bigint') {
    return Number.isInteger(own) && BigInt(own) === value;
  }
  return own === value || (Number.isNaN(own) && Number.isNaN(value));
}

function describe(reading: ScalarReading): string {
  switch (reading.kind) {
    case 'text':
      return 'text';
    case 'date':
      return 'a date';
    case 'nothing':
      return 'an error';
    case 'value':
      return typeof reading.value === 'boolean' || reading.value === null
        ? String(reading.value)
        : `the number ${abridged(String(reading.value))}`;
  }
}

function literal(reading: ScalarReading, source: string): string | undefined {
  if (reading.kind === 'text') return JSON.stringify(abridged(source));
  if (reading.kind !== 'value') return undefined;
  const { value } = reading;
  const text = String(value);
  if (typeof value !== 'number' && typeof value !== 'bigint') return text;
  const number = Number(value);
  const isExact = Number.isSafeInteger(number) || !Number.isInteger(number);
  return isExact && isSame(number, pythonReading(text)) ? text : undefined;
}
