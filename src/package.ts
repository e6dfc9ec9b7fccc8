import { readFileSync } from 'node:fs';

/** The directory of this package: beside its code it holds what it brings along. */
const root = new URL('../', import.meta.url);

/** A file of this package, by its path in it. */
export function packageFile(path: string): URL {
  return new URL(path, root);
}

/** Version of this program, from its package.json. */
export function version(): string {
  return JSON.parse(readFileSync(packageFile('package.json'), 'utf8')).version;
}
