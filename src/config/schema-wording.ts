import type * as z from 'zod';
import { shown, wrongType } from '../components/wrong-value.ts';

/**
 * What is wrong with a value, as the rest of a sentence that begins with the name of its setting. Messages of the
 * schema itself take precedence over these.
 */
export function describeSchemaIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) {
    return 'is missing';
  }
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(typeNames[issue.expected] ?? issue.expected, issue.input);
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}, not ${shown(issue.input)}`;
    case 'invalid_union':
      return 'options' in issue
        ? `must be ${oneOf(issue.options as readonly unknown[])}`
        : `cannot be ${shown(issue.input)}`;
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function oneOf(values: readonly unknown[]): string {
  return values.map(String).join(' or ');
}

/** Maximum number of faults in an error. Others are only counted: nobody reads them, and their hints take time. */
const mostShown = 50;

/** The faults in an error, one line each. */
export function listed<Fault>(faults: readonly Fault[], describe: (fault: Fault) => string): string[] {
  const hidden = faults.length - mostShown;
  return [...faults.slice(0, mostShown).map(describe), ...(hidden > 0 ? [`and ${hidden} more`] : [])];
}
