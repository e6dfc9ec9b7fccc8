import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError } from '../errors.ts';
import { layout } from '../state/layout.ts';
import type { ConfigIssue } from './issue.ts';
import { nearestName } from './nearest.ts';
import { rules } from './rules.ts';
import { type Config, configSchema, settingsAt } from './schema.ts';
import { describeSchemaIssue } from './wording.ts';

/**
 * The text of matrix.yaml as a configuration, defaults filled in.
 *
 * @throws ConfigError with one line for every issue: file, line, key, what is wrong, what to do.
 */
export function parseConfig(text: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  if (document.errors.length > 0) {
    throw invalid(
      document.errors.map(({ message, pos }) => `${layout.config}:${lines.linePos(pos[0]).line}: ${message}`),
    );
  }
  const parsed = configSchema.safeParse(plainValue(document) ?? {}, { error: describeSchemaIssue });
  const issues = parsed.success
    ? rules.flatMap((rule) => rule(parsed.data))
    : parsed.error.issues.flatMap((issue) => schemaIssues(issue));
  if (issues.length > 0 || !parsed.success) {
    throw invalid(issues.map((issue) => describeIssue(issue, document, lines)));
  }
  return parsed.data;
}

function plainValue(document: Document): unknown {
  try {
    const value = document.toJS();
    // Refuses what contains itself, in which whoever walks through it would never come to an end.
    JSON.stringify(value);
    return value;
  } catch {
    throw invalid([
      `${layout.config}: an alias has no anchor before it, contains itself, or stands for too much`,
    ]);
  }
}

function invalid(details: string[]): ConfigError {
  const count = details.length === 1 ? 'an error' : `${details.length} errors`;
  return new ConfigError(`${layout.config} has ${count}`, {
    code: 'config.invalid',
    details,
    hint: `Mend ${layout.config}, then run the command again. Nothing was changed.`,
  });
}

function schemaIssues(issue: z.core.$ZodIssue): ConfigIssue[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: 'is not a setting',
      hint: suggestion(key, issue.path),
    }));
  }
  const hint = issue.code === 'custom' ? issue.params?.hint : undefined;
  return [{ path: issue.path, message: issue.message, hint }];
}

function suggestion(key: string, path: readonly PropertyKey[]): string | undefined {
  const near = nearestName(key, settingsAt(path));
  // Another variant of the section may have a setting of just this name.
  return near === undefined || near === key ? undefined : `did you mean ${near}?`;
}

function describeIssue({ path, message, hint }: ConfigIssue, document: Document, lines: LineCounter): string {
  const name = path.length === 0 ? 'the file' : path.map(String).join('.');
  return `${layout.config}:${lineOf(path, document, lines)}: ${name} ${message}${hint === undefined ? '' : `: ${hint}`}`;
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
