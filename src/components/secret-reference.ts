import { isObject } from '../json-object.ts';
import type { SettingValue } from './component.ts';

const key = 'from_secret';

/**
 * Names that an operator can give to a secret. Such a name is also the name of a file: it has no dot, so that no
 * other file in a bundle has the same name.
 */
export const secretNamePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
export const secretNameRule = 'letters, digits, _ and -, beginning with a letter or digit, at most 64';

/** Where a value stands: keys, and indices of lists. */
type Path = readonly (string | number)[];

/** A place where a value is a reference to a secret. */
export interface SecretUse {
  readonly secret: string;
  readonly path: Path;
}

/** Whether the value is a map with `from_secret`, with or without further keys. */
export function isReference(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && Object.hasOwn(value, key);
}

/** The secret that a value names: `{ from_secret: NAME }` and nothing else; `undefined` for any other value. */
export function secretIn(value: unknown): string | undefined {
  if (!isReference(value) || Object.keys(value).length > 1) return undefined;
  const name = value[key];
  return typeof name === 'string' && secretNamePattern.test(name) ? name : undefined;
}

/** A reference, as YAML. */
export function referenceTo(secret: string): string {
  return `{ ${key}: ${secret} }`;
}

/** Every place below a value where a secret is named, in document order. */
export function secretUses(value: unknown, path: Path = []): SecretUse[] {
  const secret = secretIn(value);
  if (secret !== undefined) return [{ secret, path }];
  return childrenOf(value).flatMap(([name, child]) => secretUses(child, [...path, name]));
}

/** A value in which every reference is replaced. */
export function replaceSecrets<Value extends SettingValue | undefined>(
  value: Value,
  replace: (secret: string) => SettingValue,
): SettingValue | Value {
  const secret = secretIn(value);
  if (secret !== undefined) return replace(secret);
  if (Array.isArray(value)) return value.map((item) => replaceSecrets(item, replace));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      replaceSecrets(child as SettingValue | undefined, replace),
    ]),
  );
}

function childrenOf(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) return [...value.entries()];
  return isObject(value) ? Object.entries(value) : [];
}
