import type { Settings, SettingValue } from '../component.ts';
import { secretIn, secretUses } from '../secret-reference.ts';
import { fileOptionOf, type OptionPath } from './inline-secrets.ts';
import { givenSecret } from './secret-files.ts';

/** An operator's overrides, by how Synapse gets them. */
interface PlacedOverrides {
  /** For homeserver.yaml: without secrets, which they name by the paths of files. */
  readonly open: Settings;
  /** For the second configuration file: top-level options in which a secret must stand as text, as references. */
  readonly secret: Settings;
  /** Secrets that Synapse reads from a file of their own. */
  readonly byPath: readonly string[];
}

/**
 * Says how each secret that the overrides name reaches Synapse: by an option that names a file where there is one; else
 * its whole top-level option goes into a second file, since Synapse merges no deeper.
 */
export function placeSecrets(overrides: Settings): PlacedOverrides {
  const byPath = new Set<string>();
  const placed = Object.entries(overrides).flatMap(([name, value]) =>
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
