import type { Settings, SettingValue } from './component.ts';

/** Options of homeserver.yaml that one component sets. */
export interface OwnSettings {
  readonly component: string;
  readonly settings: Settings;
}

/** An option of homeserver.yaml that two components set. */
export interface SettingsClash {
  readonly key: string;
  readonly one: string;
  readonly other: string;
}

/**
 * The options of all components together. Lists of the same option become one list.
 *
 * @throws Error when two components set the same option otherwise, which `settingsClashes` finds before
 */
export function joinSettings(all: readonly OwnSettings[]): Settings {
  const [clash] = settingsClashes(all);
  if (clash !== undefined) {
    throw new Error(`${clash.one} and ${clash.other} both set ${clash.key} in homeserver.yaml`);
  }
  return all.reduce<Settings>((joined, { settings }) => withLists(joined, settings), {});
}

/** The options that cannot be joined: Synapse knows each only once, and only lists can be put together. */
export function settingsClashes(all: readonly OwnSettings[]): SettingsClash[] {
  return all.flatMap((other, index) =>
    all.slice(0, index).flatMap((one) =>
      Object.keys(other.settings)
        .filter((key) => Object.hasOwn(one.settings, key))
        .filter((key) => !areLists(one.settings[key], other.settings[key]))
        .map((key) => ({ key, one: one.component, other: other.component })),
    ),
  );
}

/** The settings with further ones over them. Lists of the same option become one list. */
export function withLists(settings: Settings, further: Settings): Settings {
  const joined = Object.entries(further).map(([key, value]) => {
    const before = settings[key];
    return [key, isList(before) && isList(value) ? [...before, ...value] : value] as const;
  });
  return { ...settings, ...Object.fromEntries(joined) };
}

/** Whether both values of an option are lists, which become one. */
export function areLists(one: unknown, other: unknown): boolean {
  return isList(one) && isList(other);
}

function isList(value: unknown): value is readonly SettingValue[] {
  return Array.isArray(value);
}
