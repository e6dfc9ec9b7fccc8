import { nearestName } from '../../identifiers/nearest.ts';
import { isObject } from '../../json-object.ts';
import { isReference, referenceTo, secretIn, secretNameRule } from '../secret-reference.ts';
import {
  fileOptionOf,
  isInlineSecret,
  type OptionPath,
  optionName,
  suggestedSecret,
} from './inline-secrets.ts';
import { knownOptions, knownVersion, type ValueKind, type ValueType } from './known-options.ts';
import { wrongValue } from './option-values.ts';
import { misplacedFile } from './own-files.ts';
import { retiredOptions } from './retired-options.ts';

/** One thing that is wrong with the overrides of homeserver.yaml. */
export interface OverrideIssue {
  /** Path below `overrides`. */
  readonly path: OptionPath;
  /** What is wrong and why; continues the path as a sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

type Owned = ReadonlyMap<string, string>;

/**
 * All problems of an operator's overrides of homeserver.yaml, in document order. Synapse's own check misses most of
 * them: it ignores an unknown option, and accepts a rate limit that is not a number.
 *
 * @param owned the options that matrix-deploy sets, each with what to do instead of overriding it
 */
export function checkOverrides(overrides: Readonly<Record<string, unknown>>, owned: Owned): OverrideIssue[] {
  return Object.entries(overrides).flatMap(([name, value]) => {
    const path = [name];
    const refused = ownedOption(path, owned) ?? refusedOption(path) ?? retiredOption(path, owned);
    if (refused !== undefined) return [refused];
    const type = knownOptions.get(name);
    return type === undefined ? [unknownOption(path)] : checkValue(value, type, path, owned);
  });
}

function ownedOption(path: OptionPath, owned: Owned): OverrideIssue | undefined {
  const hint = ownersAdvice(path, owned);
  return hint === undefined ? undefined : { path, message: 'is set by matrix-deploy', hint };
}

const connection = 'is the connection of this deployment, whose password stands in no rendered file';
const logConfig = 'would bring in a log config, which the check before a restart does not read';
const background = 'would end the container, whose first process must stay in the foreground';
const worker = 'is for a worker process, and this homeserver is a single process';

/** Options that must never be overridden, with the reason. */
const refusedOptions: ReadonlyMap<string, string> = new Map([
  ['database', connection],
  ['databases', connection],
  ['log_config', logConfig],
  ['worker_log_config', logConfig],
  ['daemonize', background],
  ['worker_daemonize', background],
  ['worker_app', worker],
  ['worker_listeners', worker],
  ['worker_manhole', worker],
  ['worker_name', worker],
  ['worker_pid_file', worker],
]);

function refusedOption(path: OptionPath): OverrideIssue | undefined {
  const message = refusedOptions.get(optionName(path));
  return message === undefined ? undefined : { path, message, hint: 'leave it out' };
}

function retiredOption(path: OptionPath, owned: Owned): OverrideIssue | undefined {
  const name = optionName(path);
  if (!retiredOptions.has(name)) return undefined;
  const successor = retiredOptions.get(name);
  return successor === undefined
    ? { path, message: 'is an option that Synapse has dropped', hint: 'leave it out' }
    : {
        path,
        message: 'is a name that Synapse has retired',
        hint: ownersAdvice(successor.split('.'), owned) ?? `use ${successor}`,
      };
}

function unknownOption(path: OptionPath): OverrideIssue {
  return {
    path,
    message: `is no option of Synapse ${knownVersion}, which would ignore it`,
    // Computed only when it is read: there may be thousands of issues.
    get hint() {
      const meant = nearestName(optionName(path), knownOptions.keys());
      return meant === undefined ? 'leave it out' : `did you mean ${meant}?`;
    },
  };
}

function checkValue(value: unknown, type: ValueType, path: OptionPath, owned: Owned): OverrideIssue[] {
  const inside = checkInside(value, path, owned);
  const told = new Set(inside.map((issue) => optionName(issue.path)));
  // For a secret of the wrong type, only the issue about the secret is reported: the one about the type would quote
  // its value.
  return [...checkType(value, type, path).filter((issue) => !told.has(optionName(issue.path))), ...inside];
}

function checkType(given: unknown, type: ValueType, path: OptionPath): OverrideIssue[] {
  const secret = secretIn(given);
  // The value of a secret is always text.
  const value = secret === undefined ? given : referenceTo(secret);
  if (isListType(type)) {
    return Array.isArray(value)
      ? value.flatMap((item, index) => checkType(item, type[0], [...path, index]))
      : wrongType(value, 'list', path);
  }
  if (typeof type === 'string') return wrongType(value, type, path);
  return isObject(value)
    ? checkParts(value, new Map(Object.entries(type)), path)
    : wrongType(value, 'map', path);
}

function isListType(type: ValueType): type is readonly [ValueType] {
  return Array.isArray(type);
}

function wrongType(value: unknown, kind: ValueKind, path: OptionPath): OverrideIssue[] {
  const message = wrongValue(kind, value);
  return message === undefined ? [] : [{ path, message }];
}

function checkParts(
  value: Readonly<Record<string, unknown>>,
  parts: ReadonlyMap<string, ValueType>,
  path: OptionPath,
): OverrideIssue[] {
  return Object.entries(value).flatMap(([name, part]) => {
    const type = parts.get(name) ?? parts.get('*');
    return type === undefined
      ? [unknownPart([...path, name], name, [...parts.keys()])]
      : checkType(part, type, [...path, name]);
  });
}

function unknownPart(path: OptionPath, name: string, parts: readonly string[]): OverrideIssue {
  return {
    path,
    message: 'is not an option that Synapse knows here',
    get hint() {
      const meant = nearestName(name, parts);
      return meant === undefined ? `it looks for ${parts.join(', ')}` : `did you mean ${meant}?`;
    },
  };
}

/** Retired names, secrets and files that Synapse does not see, at any depth. */
function checkInside(value: unknown, path: OptionPath, owned: Owned): OverrideIssue[] {
  const issue =
    retiredOption(path, owned) ?? wrongReference(value, path, owned) ?? inlineSecret(value, path, owned);
  if (issue !== undefined) return [issue];
  if (isReference(value)) return [];
  const misplaced = misplacedFile(path, value);
  if (misplaced !== undefined) return [{ path, ...misplaced }];
  return childrenOf(value).flatMap(([key, child]) => checkInside(child, [...path, key], owned));
}

function childrenOf(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) return [...value.entries()];
  return isObject(value) ? Object.entries(value) : [];
}

function inlineSecret(value: unknown, path: OptionPath, owned: Owned): OverrideIssue | undefined {
  if (!isInlineSecret(path, value)) return undefined;
  const file = fileOptionOf(path);
  const name = suggestedSecret(path);
  return {
    path,
    message: 'must not hold a secret, which plans, diffs and homeserver.yaml would show',
    hint:
      (file && ownersAdvice(file, owned)) ??
      `run \`matrix-deploy secrets set ${name}\`, then write ${path.at(-1)}: ${referenceTo(name)}`,
  };
}

/** A problem of a reference to a secret: a wrong form, or a secret that matrix-deploy itself sets. */
function wrongReference(value: unknown, path: OptionPath, owned: Owned): OverrideIssue | undefined {
  if (!isReference(value)) return undefined;
  if (secretIn(value) === undefined) {
    const name = suggestedSecret(path);
    return {
      path,
      message: 'must name a secret and nothing else',
      hint: `write ${referenceTo(name)}; a name has ${secretNameRule}`,
    };
  }
  const file = fileOptionOf(path);
  const hint = file && ownersAdvice(file, owned);
  return hint === undefined ? undefined : { path, message: 'is set by matrix-deploy', hint };
}

/** The advice for setting an option that matrix-deploy sets, or a part of it; `undefined` for any other option. */
function ownersAdvice([name]: OptionPath, owned: Owned): string | undefined {
  return owned.get(String(name));
}
