import { lstat, readdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { Engine } from '../docker/engine.ts';
import { composeFile, layout } from '../layout.ts';
import type { FoundEntry, ObservedAccess } from '../plan/observed-state.ts';
import type { Stack } from '../stack/stack.ts';

/** Reads the owners and modes of everything that we write. Entries that the caller cannot see are left out. */
export async function observeAccess(
  directory: string,
  stack: Pick<Stack, 'files' | 'data' | 'bundles'>,
  engine: Pick<Engine, 'mapsUsers'>,
): Promise<ObservedAccess> {
  const files = [composeFile, ...stack.files.map(({ path }) => path)];
  const data = stack.data.map(({ path }) => path);
  const extra = stack.bundles.flatMap(({ from }) => from ?? []);
  const named = [layout.config, layout.state, layout.cache, ...files, ...data, ...extra];
  const paths = [
    ...named,
    ...[...files, ...data].map((path) => dirname(path)).filter((path) => path !== '.'),
  ];
  const [found, secrets] = await Promise.all([
    entriesAt(directory, [...new Set(paths)]),
    below(directory, layout.secrets),
  ]);
  const all = { ...found, ...secrets };
  const { uid, gid } = userInfo();
  return { uid, gid, mapsUsers: await mapsUsers(uid, stack, all, engine), found: all };
}

// Asks the engine only if the owners of the existing data directories do not show it.
async function mapsUsers(
  uid: number,
  { data }: Pick<Stack, 'data'>,
  found: ObservedAccess['found'],
  engine: Pick<Engine, 'mapsUsers'>,
): Promise<boolean> {
  const made = data.filter(({ path }) => found[path] !== undefined);
  const isPlain = made.length > 0 && made.every(({ path, owner }) => found[path]?.uid === owner.uid);
  return uid === 0 && !isPlain && (await engine.mapsUsers());
}

/** The existing entries, by path below the directory. A symbolic link is left out, since it has no mode. */
export async function entriesAt(
  directory: string,
  paths: readonly string[],
): Promise<Record<string, FoundEntry>> {
  const found = await Promise.all(
    paths.map(async (path) => [path, await entryAt(join(directory, path))] as const),
  );
  return Object.fromEntries(found.filter((entry): entry is [string, FoundEntry] => entry[1] !== undefined));
}

async function entryAt(path: string): Promise<FoundEntry | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined || stats.isSymbolicLink()) return undefined;
  const { uid, gid, mode } = stats;
  return { uid, gid, mode: mode & 0o7777, isDirectory: stats.isDirectory() };
}

async function below(directory: string, path: string): Promise<Record<string, FoundEntry>> {
  const names = await readdir(join(directory, path)).catch(() => []);
  const paths = names.map((name) => `${path}/${name}`);
  const found = await entriesAt(directory, [path, ...paths]);
  const inner = paths.filter((one) => found[one]?.isDirectory);
  const all = await Promise.all(inner.map((one) => below(directory, one)));
  return Object.assign(found, ...all);
}
