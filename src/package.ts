import { readFileSync } from 'node:fs';

/** The directory of this package: beside its code it holds what it brings along. */
const root = new URL('../', import.meta.url);

/** A file of this package, by its path in it. */
export function packageFile(path: string): URL {
  return new URL(path, root);
}

/** Version of this program, from its package.json. */
export function version(): string {
  return manifest().version;
}

/** What is published of this package, by its path in it: what its package.json names, and what npm always adds. */
export function publishedPaths(): string[] {
  return [...manifest().files, 'package.json', 'README.md', 'LICENSE'];
}

function manifest(): { readonly version: string; readonly files: readonly string[] } {
  return JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
}
