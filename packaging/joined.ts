import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** A library, a part of which is in the files of `dist/`. */
export interface JoinedPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX licence expression. */
  readonly license: string;
  /** What its licence and notice files say; nothing where it brings none. */
  readonly texts: readonly string[];
}

/**
 * Where the packages lie that something was taken from, as paths below the project: `node_modules/NAME`, or deeper for
 * one of several versions.
 *
 * @param metafile what esbuild tells of its output (https://esbuild.github.io/api/#metafile)
 */
export function joinedPaths({ outputs }: Pick<Metafile, 'outputs'>): string[] {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const paths = used.map(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(paths.filter((path) => path !== undefined))].sort();
}

/** Reads what a package says of itself. */
export async function readPackage(directory: string): Promise<JoinedPackage> {
  const { name, version, license } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
  const files = (await readdir(directory)).filter((file) => /^(?:licen[cs]e|copying|notice)/i.test(file));
  const texts = await Promise.all(files.sort().map((file) => readFile(join(directory, file), 'utf8')));
  return { name, version, license, texts };
}

/** One document with the licences of all: those that are published with others' code must go along with it. */
export function licencesOf(packages: readonly JoinedPackage[]): string {
  const parts = packages.map(({ name, version, license, texts }) =>
    [`${name} ${version}: ${license}`, ...texts.map((text) => text.trim())].join('\n\n'),
  );
  return `${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
