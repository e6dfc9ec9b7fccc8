import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import * as z from 'zod';
import { ConfigError } from '../errors.ts';
import type { ConfigIssue } from './issue.ts';
import { nearestName } from './nearest.ts';
import { describeSchemaIssue } from './wording.ts';

/** A kind of file that people write by hand. */
interface FileKind<Schema extends z.ZodType> {
  /** As errors call it. */
  readonly name: string;
  readonly schema: Schema;
  /** What no single setting can say of itself. Every rule runs, so that all issues are seen at once. */
  readonly rules: readonly ((value: z.output<Schema>) => ConfigIssue[])[];
}

/**
 * A YAML text as the value that its schema makes of it, defaults filled in.
 *
 * @throws ConfigError with one line for every issue: file, line, key, what is wrong, what to do.
 */
export function parseYamlFile<Schema extends z.ZodType>(
  text: string,
  { name, schema, rules }: FileKind<Schema>,
): z.output<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  if (document.errors.length > 0) {
    throw invalid(
      name,
      document.errors.map(({ message, pos }) => `${name}:${lines.linePos(pos[0]).line}: ${message}`),
    );
  }
  const reserved = reservedKeys(document);
  if (reserved.length > 0) {
    throw invalid(
      name,
      reserved.map((start) => `${name}:${lines.linePos(start).line}: ${reservedKey} cannot be a name`),
    );
  }
  const parsed = schema.safeParse(plainValue(document, name) ?? {}, { error: describeSchemaIssue });
  const issues = parsed.success
    ? rules.flatMap((rule) => rule(parsed.data))
    : parsed.error.issues.flatMap((issue) => schemaIssues(issue, schema));
  if (issues.length > 0 || !parsed.success) {
    throw invalid(
      name,
      issues.map((issue) => `${name}:${lineOf(issue.path, document, lines)}: ${describeIssue(issue)}`),
    );
  }
  return parsed.data;
}

/** What objects of JavaScript have by themselves, and schemas leave out without a word. */
const reservedKey = '__proto__';

/** Where such keys stand. */
function reservedKeys(document: Document): number[] {
  const found: number[] = [];
  visit(document, {
    Pair(_index, { key }) {
      if (isScalar(key) && key.value === reservedKey) {
        found.push(key.range?.[0] ?? 0);
      }
    },
  });
  return found;
}

function plainValue(document: Document, name: string): unknown {
  try {
    const value = document.toJS();
    // Refuses what contains itself, in which whoever walks through it would never come to an end.
    JSON.stringify(value);
    return value;
  } catch {
    throw invalid(name, [
      `${name}: an alias has no anchor before it, contains itself, or stands for too much`,
    ]);
  }
}

function invalid(name: string, details: string[]): ConfigError {
  const count = details.length === 1 ? 'an error' : `${details.length} errors`;
  return new ConfigError(`${name} has ${count}`, {
    code: 'config.invalid',
    details,
    hint: `Mend ${name}, then run the command again. Nothing was changed.`,
  });
}

function schemaIssues(issue: z.core.$ZodIssue, schema: z.ZodType): ConfigIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: 'is not a setting',
      hint: suggestion(key, settingsAt(schema, issue.path)),
    }));
  }
  const hint = issue.code === 'custom' ? issue.params?.hint : undefined;
  return [{ path: issue.path, message: issue.message, hint }];
}

function suggestion(key: string, settings: readonly string[]): string | undefined {
  const near = nearestName(key, settings);
  // Another variant of the section may have a setting of just this name.
  return near === undefined || near === key ? undefined : `did you mean ${near}?`;
}

function describeIssue({ path, message, hint }: ConfigIssue): string {
  const setting = path.length === 0 ? 'the file' : path.map(String).join('.');
  return `${setting} ${message}${hint === undefined ? '' : `: ${hint}`}`;
}

/** The part of JSON Schema that settings are found by. */
interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
}

/** Names of the settings that a section knows; of the file itself for an empty path. */
function settingsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const section = path.reduce<JsonSchema | undefined>(
    (above, key) => above?.properties?.[String(key)],
    z.toJSONSchema(schema, { io: 'input' }) as JsonSchema,
  );
  const variants = section?.oneOf ?? section?.anyOf ?? [section];
  return variants.flatMap((variant) => Object.keys(variant?.properties ?? {}));
}

/** The line of a key; of its nearest parent where the key is missing. */
function lineOf(path: readonly PropertyKey[], document: Document, lines: LineCounter): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = document.getIn(path.slice(0, depth - 1), true);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === path[depth - 1])
      : undefined;
    if (pair !== undefined && isNode(pair.key) && pair.key.range) {
      return lines.linePos(pair.key.range[0]).line;
    }
  }
  return 1;
}
