import { type Document, isMap, isNode, isScalar } from 'yaml';
import type * as z from 'zod';
import { abridged } from '../components/wrong-value.ts';
import { ConfigError } from '../errors.ts';
import type { ConfigIssue } from './issue.ts';
import { schemaIssues } from './schema-issues.ts';
import { describeSchemaIssue, listed } from './schema-wording.ts';
import { addDoubts } from './yaml-doubts.ts';
import { inspectStructure } from './yaml-structure.ts';
import { readDocument } from './yaml-text.ts';

/** A kind of file that people write by hand. */
interface FileKind<Schema extends z.ZodType> {
  /** The file name in errors. */
  readonly name: string;
  readonly schema: Schema;
  /** Checks that involve several settings. Every rule runs, so that all issues are seen at once. */
  readonly rules: readonly ((value: z.output<Schema>) => ConfigIssue[])[];
}

/**
 * Parses a YAML text with a schema, and fills in the defaults. Refuses every value that YAML 1.1 reads differently,
 * because operators copy from documentation that is written in YAML 1.1.
 *
 * @throws ConfigError with one line for every issue: file, line, key, what is wrong, what to do.
 */
export function parseYamlFile<Schema extends z.ZodType>(
  text: string,
  { name, schema, rules }: FileKind<Schema>,
): z.output<Schema> {
  const read = readDocument(text);
  if ('faults' in read) {
    throw invalid(name, read.faults, ({ line, message }) => `${name}:${line}: ${message}`);
  }
  const { document, lineAt } = read;
  const { faults, ambiguous } = inspectStructure(document.contents);
  if (faults.length > 0) {
    throw invalid(name, faults, (fault) => `${name}:${lineAt(fault.offset)}: ${describeIssue(fault)}`);
  }
  const parse = () => schema.safeParse(plainValue(document, name) ?? {}, { error: describeSchemaIssue });
  const parsed = parse();
  const found = parsed.success
    ? rules.flatMap((rule) => rule(parsed.data))
    : schemaIssues(parsed.error, schema);
  const issues = addDoubts(found, ambiguous, () => parse().error?.issues ?? []);
  if (issues.length > 0 || !parsed.success) {
    throw invalid(
      name,
      issues,
      (issue) => `${name}:${lineAt(offsetOf(issue.path, document))}: ${describeIssue(issue)}`,
    );
  }
  return parsed.data;
}

function plainValue(document: Document, name: string): unknown {
  try {
    const value = document.toJS();
    // Throws for a value that contains itself: walking through it would never end.
    JSON.stringify(value);
    return value;
  } catch {
    throw invalid(
      name,
      ['an alias has no anchor before it, contains itself, or stands for too much'],
      (fault) => `${name}: ${fault}`,
    );
  }
}

function invalid<Fault>(
  name: string,
  faults: readonly Fault[],
  describe: (fault: Fault) => string,
): ConfigError {
  const count = faults.length === 1 ? 'an error' : `${faults.length} errors`;
  return new ConfigError(`${name} has ${count}`, {
    code: 'config.invalid',
    details: listed(faults, describe),
    hint: `Fix ${name}, then run the command again. Nothing was changed.`,
  });
}

function describeIssue({ path, message, hint }: ConfigIssue): string {
  const setting = path.length === 0 ? 'the file' : path.map((part) => abridged(String(part))).join('.');
  return `${setting} ${message}${hint === undefined ? '' : `: ${hint}`}`;
}

/** The offset of a setting in the text, or of its nearest parent when the setting is missing. */
function offsetOf(path: readonly PropertyKey[], document: Document): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = document.getIn(path.slice(0, depth - 1), true);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === path[depth - 1])
      : undefined;
    if (pair !== undefined && isNode(pair.key) && pair.key.range) {
      return pair.key.range[0];
    }
  }
  return 0;
}
