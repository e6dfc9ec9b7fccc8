import { readFileSync } from 'node:fs';

/** The directory of this package, with its code, templates and keys. */
const root = new URL('../', import.meta.url);

/** A file of this package, by its path in it. */
export function packageFile(path: string): URL {
  return new URL(path, root);
}

/** Version of this program, from its package.json. */
export function version(): string {
  return manifest().version;
}

/** Paths in this package that are published: those that its package.json names, and those that npm always adds. */
export function publishedPaths(): string[] {
  return [...manifest().files, 'package.json', 'README.md', 'LICENSE'];
}

function manifest(): { readonly version: string; readonly files: readonly string[] } {
  return JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
}
