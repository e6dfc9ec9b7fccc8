import { isObject } from '../../json-object.ts';
import { wrongType } from '../wrong-value.ts';
import type { ValueKind } from './known-options.ts';

interface Rule {
  readonly expected: string;
  accepts(value: unknown): boolean;
}

// For many texts, durations and sizes, null means "not set"; for the rest of them, Synapse's own check refuses it.
// For any other type, null would count as false, or cause an error that does not name the option.
const rules: Readonly<Record<ValueKind, Rule>> = {
  boolean: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  integer: { expected: 'a whole number', accepts: Number.isInteger },
  string: { expected: 'text', accepts: (value) => typeof value === 'string' || value === null },
  scalar: {
    expected: 'text or a number',
    accepts: (value) => typeof value === 'string' || Number.isFinite(value),
  },
  duration: {
    expected: 'a duration such as 30s, 5m, 2h, 7d, 4w or 1y, or a whole number of milliseconds',
    accepts: (value) => isQuantity(value, /^\d+[smhdwy]?$/),
  },
  size: {
    expected: 'a size such as 512K, 50M or 2G, or a whole number of bytes',
    accepts: (value) => isQuantity(value, /^\d+[KMGT]?$/),
  },
  list: { expected: 'a list', accepts: Array.isArray },
  map: { expected: 'a map', accepts: isObject },
  'positive number': { expected: 'a number above 0', accepts: (value) => isNumber(value) && value > 0 },
  'password login': {
    expected: 'true, false or only_for_reauth',
    accepts: (value) => typeof value === 'boolean' || value === 'only_for_reauth',
  },
  anything: { expected: 'anything', accepts: () => true },
  'number from zero': { expected: 'a number, 0 or more', accepts: (value) => isNumber(value) && value >= 0 },
};

/** What is wrong with a value of this type, as in "must be a map, not null"; `undefined` if nothing is. */
export function wrongValue(kind: ValueKind, value: unknown): string | undefined {
  const { expected, accepts } = rules[kind];
  return accepts(value) ? undefined : wrongType(expected, value);
}

function isQuantity(value: unknown, text: RegExp): boolean {
  return value === null || Number.isInteger(value) || (typeof value === 'string' && text.test(value));
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}
