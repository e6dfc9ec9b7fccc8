import type { Settings, SettingValue } from '../component.ts';
import { secretIn, secretUses } from '../secret-reference.ts';
import { fileOptionOf, type OptionPath } from './inline-secrets.ts';
import { givenSecret } from './secret-files.ts';

/** Settings of homeserver.yaml, by how Synapse gets them. */
interface PlacedSettings {
  /** For homeserver.yaml: options without secrets, or with the path of the file of a secret. */
  readonly open: Settings;
  /**
   * For the second configuration file: top-level options with references, in whose place the text of a secret must
   * stand.
   */
  readonly secret: Settings;
  /** Names of the secrets that Synapse reads from files of their own. */
  readonly byPath: readonly string[];
}

/**
 * Chooses how each secret in the settings reaches Synapse: by an option that names a file, if there is one.
 * Otherwise its whole top-level option goes into a second file, since Synapse does not merge files below that level.
 */
export function placeSecrets(settings: Settings): PlacedSettings {
  const byPath = new Set<string>();
  const placed = Object.entries(settings).flatMap(([name, value]) =>
    Object.entries(withFiles({ [name]: value }, [], byPath)),
  );
  const isSecret = ([, value]: [string, unknown]) => secretUses(value).length > 0;
  return {
    open: Object.fromEntries(placed.filter((entry) => !isSecret(entry))),
    secret: Object.fromEntries(placed.filter(isSecret)),
    byPath: [...byPath],
  };
}

function withFiles(settings: Settings, path: OptionPath, byPath: Set<string>): Settings {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]): [string, SettingValue | undefined] => {
      const here = [...path, name];
      const secret = secretIn(value);
      const file = secret === undefined ? undefined : fileOptionOf(here);
      if (secret !== undefined && file !== undefined) {
        byPath.add(secret);
        return [String(file.at(-1)), givenSecret(secret)];
      }
      return [name, inside(value, here, byPath)];
    }),
  );
}

function inside(
  value: SettingValue | undefined,
  path: OptionPath,
  byPath: Set<string>,
): SettingValue | undefined {
  if (isList(value)) return value.map((item, index) => inside(item, [...path, index], byPath) ?? null);
  return typeof value === 'object' && value !== null ? withFiles(value, path, byPath) : value;
}

function isList(value: SettingValue | undefined): value is readonly SettingValue[] {
  return Array.isArray(value);
}
