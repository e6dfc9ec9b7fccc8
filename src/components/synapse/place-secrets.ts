import type { Settings, SettingValue } from '../component.ts';
import { generatedIn, generatedUses, secretIn, secretUses } from '../secret-reference.ts';
import { fileOptionOf, type OptionPath } from './inline-secrets.ts';
import { givenSecret, mountedSecret } from './secret-files.ts';

/** Settings of homeserver.yaml, by how Synapse gets them. */
interface PlacedSettings {
  /** For homeserver.yaml: options without secrets, or with the path of the file of a secret. */
  readonly open: Settings;
  /**
   * For the second configuration file: top-level options with references, in whose place the text of a secret must
   * stand.
   */
  readonly secret: Settings;
  /** For the third one: the same with generated secrets. */
  readonly generated: Settings;
  /** Names of the operator's and of the generated secrets that Synapse reads from files of their own. */
  readonly byPath: readonly string[];
  readonly generatedByPath: readonly string[];
}

/**
 * Chooses how each secret in the settings reaches Synapse: by an option that names a file, if there is one.
 * Otherwise its whole top-level option goes into another file, since Synapse does not merge files below that level.
 * The operator's secrets and generated ones are in two files: the name of the first one follows from its content, which
 * a generated secret does not have yet when the plan is made.
 */
export function placeSecrets(settings: Settings): PlacedSettings {
  const byPath = new Set<string>();
  const generatedByPath = new Set<string>();
  const fileOf = (value: unknown): string | undefined => {
    const [secret, generated] = [secretIn(value), generatedIn(value)];
    if (secret !== undefined) byPath.add(secret);
    if (generated !== undefined) generatedByPath.add(generated);
    return secret === undefined ? generated && mountedSecret(generated) : givenSecret(secret);
  };
  const placed = Object.entries(settings).flatMap(([name, value]) =>
    Object.entries(withFiles({ [name]: value }, [], fileOf)),
  );
  const having = (uses: (value: unknown) => readonly unknown[]) =>
    placed.filter(([, value]) => uses(value).length > 0);
  const [secret, generated] = [having(secretUses), having(generatedUses)];
  return {
    open: Object.fromEntries(placed.filter((entry) => ![...secret, ...generated].includes(entry))),
    secret: Object.fromEntries(secret),
    generated: Object.fromEntries(generated),
    byPath: [...byPath],
    generatedByPath: [...generatedByPath],
  };
}

/** Notes that a secret is read from a file. @returns its path; `undefined` for a value that is no secret */
type FileOf = (value: unknown) => string | undefined;

function withFiles(settings: Settings, path: OptionPath, fileOf: FileOf): Settings {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]): [string, SettingValue | undefined] => {
      const here = [...path, name];
      const option = fileOptionOf(here);
      const file = option === undefined ? undefined : fileOf(value);
      return option === undefined || file === undefined
        ? [name, inside(value, here, fileOf)]
        : [String(option.at(-1)), file];
    }),
  );
}

function inside(value: SettingValue | undefined, path: OptionPath, fileOf: FileOf): SettingValue | undefined {
  if (isList(value)) return value.map((item, index) => inside(item, [...path, index], fileOf) ?? null);
  if (typeof value !== 'object' || value === null || generatedIn(value) !== undefined) return value;
  return withFiles(value as Settings, path, fileOf);
}

function isList(value: SettingValue | undefined): value is readonly SettingValue[] {
  return Array.isArray(value);
}
