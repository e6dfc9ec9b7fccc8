import { isObject } from '../json-object.ts';
import type { SettingValue } from './component.ts';

const key = 'from_secret';
const generatedKey = Symbol('generated secret');

/**
 * Stands in settings for a secret that a component has among its `secrets`. Only a component can write it: no text of
 * matrix.yaml is read as one, so that no operator's setting can show a generated secret.
 */
export interface GeneratedSecret {
  readonly [generatedKey]: string;
}

/** @param name of a secret that is generated, as in `SecretSpec` */
export function generatedSecret(name: string): GeneratedSecret {
  return { [generatedKey]: name };
}

/** The generated secret that a value stands for; `undefined` for any other value. */
export function generatedIn(value: unknown): string | undefined {
  return isObject(value) ? (value as Partial<GeneratedSecret>)[generatedKey] : undefined;
}

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

/** Every place below a value where a secret of the operator is named, in document order. */
export function secretUses(value: unknown): SecretUse[] {
  return usesIn(value, secretIn);
}

/** Every place below a value where a generated secret stands. */
export function generatedUses(value: unknown): SecretUse[] {
  return usesIn(value, generatedIn);
}

/** A value in which every reference to a secret of the operator is replaced. */
export function replaceSecrets<Value extends SettingValue | undefined>(
  value: Value,
  replace: (secret: string) => SettingValue,
): SettingValue | Value {
  return replaceIn(value, secretIn, replace);
}

/** A value in which every generated secret is replaced. */
export function replaceGenerated<Value extends SettingValue | undefined>(
  value: Value,
  replace: (secret: string) => SettingValue,
): SettingValue | Value {
  return replaceIn(value, generatedIn, replace);
}

type Find = (value: unknown) => string | undefined;

function usesIn(value: unknown, find: Find, path: Path = []): SecretUse[] {
  const secret = find(value);
  if (secret !== undefined) return [{ secret, path }];
  return childrenOf(value).flatMap(([name, child]) => usesIn(child, find, [...path, name]));
}

function replaceIn<Value extends SettingValue | undefined>(
  value: Value,
  find: Find,
  replace: (secret: string) => SettingValue,
): SettingValue | Value {
  const secret = find(value);
  if (secret !== undefined) return replace(secret);
  if (Array.isArray(value)) return value.map((item) => replaceIn(item, find, replace));
  if (!isObject(value) || generatedIn(value) !== undefined) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      replaceIn(child as SettingValue | undefined, find, replace),
    ]),
  );
}

function childrenOf(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) return [...value.entries()];
  return isObject(value) ? Object.entries(value) : [];
}
