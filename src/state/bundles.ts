import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { BundleFile, BundleSpec } from '../components/component.ts';
import { secretUses } from '../components/secret-reference.ts';
import { ConfigError } from '../errors.ts';
import { namesIn, readIfExists } from '../host/files.ts';
import { readTree } from '../host/tree.ts';
import { layout, secretPath } from '../layout.ts';
import type { Bundle, BundleEntry, BundleSources, ObservedBundles } from '../plan/bundle.ts';
import { renderBundleFile } from '../render/bundle.ts';
import { fingerprint, fingerprintKey } from '../secrets/fingerprint.ts';
import { secretsNamedIn } from '../secrets/named-secrets.ts';
import { Secret } from '../secrets/secret.ts';
import { type GivenValues, readGivenSecret } from './given-secrets.ts';
import { readRecord } from './records.ts';
import { readRotations } from './rotation.ts';

type Secrets = ReadonlyMap<string, Secret>;
type Part = readonly [string, ...(string | Uint8Array)[]];

/**
 * Reads the sources of the bundles, and the bundles that exist.
 *
 * @param aboutToBeSet secrets that count as set already
 * @throws ConfigError naming every file of the operator's that cannot be given to a service
 */
export async function observeBundles(
  directory: string,
  specs: readonly BundleSpec[],
  aboutToBeSet: GivenValues = {},
): Promise<ObservedBundles> {
  const isRotated = (await readRotations(directory)).has(fingerprintKey.name);
  const key = isRotated ? undefined : await readIfExists(join(directory, secretPath(fingerprintKey.name)));
  // Until there is a key, any random one will do: the wanted bundles differ from all existing ones anyway.
  const known = new Secret(key ?? randomBytes(32).toString('hex'));
  const secrets = await readSecrets(directory, specs, aboutToBeSet);
  const wanted = await Promise.all(specs.map((spec) => makeBundle(directory, spec, secrets, known)));
  const recorded = await readRecord(join(directory, layout.bundleSources));
  return {
    wanted: wanted.filter((bundle) => bundle !== undefined),
    missing: secretNames(specs).filter((name) => !secrets.has(name)),
    existing: await observeExisting(directory, known),
    confidential: [...secrets.values(), ...wanted.flatMap((bundle) => confidentialIn(bundle))],
    sources: Object.fromEntries(Object.entries(recorded).map(([path, text]) => [path, parseSources(text)])),
    hasKey: key !== undefined,
  };
}

/** The secrets in an operator's own YAML and JSON files. */
function confidentialIn(bundle: Bundle | undefined): Secret[] {
  const texts = (bundle?.entries ?? []).filter(({ path }) => /\.(?:ya?ml|json)$/.test(path));
  return texts.flatMap(({ content }) => secretsNamedIn(Buffer.from(content?.() ?? []).toString()));
}

/** The sources of a bundle as one text, for a record. */
export function printSources(sources: BundleSources): string {
  return JSON.stringify(sources);
}

function parseSources(text: string): BundleSources {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function secretNames(specs: readonly BundleSpec[]): string[] {
  return [...new Set(specs.flatMap(({ files }) => files.flatMap(secretsOf)))];
}

function secretsOf(file: BundleFile): string[] {
  return file.kind === 'secret' ? [file.secret] : secretUses(file.values).map(({ secret }) => secret);
}

async function readSecrets(
  directory: string,
  specs: readonly BundleSpec[],
  aboutToBeSet: GivenValues,
): Promise<Secrets> {
  const found = await Promise.all(
    secretNames(specs).map(
      async (name) => [name, aboutToBeSet[name] ?? (await readGivenSecret(directory, name))] as const,
    ),
  );
  return new Map(found.filter((entry): entry is [string, Secret] => entry[1] !== undefined));
}

async function makeBundle(
  directory: string,
  { name, files, from, isExecutable }: BundleSpec,
  secrets: Secrets,
  key: Secret,
): Promise<Bundle | undefined> {
  const reveal = (secret: string) => secrets.get(secret)?.reveal() ?? '';
  const written = files.map((file) => contentOf(file.name, Buffer.from(renderBundleFile(file, reveal))));
  const taken = from === undefined ? [] : await takeTree(directory, from);
  const entries = [...written, ...taken];
  if (entries.length === 0) return undefined;
  const sources = [
    ...files.flatMap(settingsOf),
    ...files.flatMap(secretsOf).map((secret): Part => [`secret ${secret}`, reveal(secret)]),
    ...taken
      .filter(({ path }) => !taken.some((other) => other.path.startsWith(`${path}/`)))
      .map(({ path, ...entry }) => partOf({ path: `${from}/${path}`, ...entry })),
  ];
  return {
    name,
    path: pathOf(name, entries, key),
    from,
    isExecutable,
    sources: Object.fromEntries(sources.map((part) => [part[0], fingerprint(key, part)])),
    entries,
  };
}

function pathOf(name: string, entries: readonly BundleEntry[], key: Secret): string {
  const sorted = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  return `${layout.bundles}/${name}-${fingerprint(key, sorted.flatMap(partOf))}`;
}

/** The settings that a file is made of, each with the names of its secrets in place of their values. */
function settingsOf(file: BundleFile): Part[] {
  return file.kind === 'settings'
    ? Object.entries(file.values).map(([name, value]): Part => [name, JSON.stringify(value)])
    : [];
}

/** The part of a fingerprint for an entry. It differs for an empty file and a directory. */
function partOf({ path, content }: BundleEntry): Part {
  return content === undefined ? [path, 'directory'] : [path, 'file', content()];
}

function contentOf(path: string, bytes: Uint8Array): BundleEntry {
  return { path, content: () => bytes };
}

async function takeTree(directory: string, from: string): Promise<BundleEntry[]> {
  const { entries, faults } = await readEntries(join(directory, from));
  if (faults.length > 0) {
    throw new ConfigError(`${from} has something that cannot be given to a service`, {
      code: 'config.files',
      details: faults.map((fault) => `${from}: ${fault}`),
      hint: `Change it, then run the command again. Nothing was changed.`,
    });
  }
  return entries;
}

async function readEntries(root: string): Promise<{ entries: BundleEntry[]; faults: readonly string[] }> {
  const { entries, faults } = await readTree(root);
  return {
    entries: entries.map(({ path, bytes }) => (bytes === undefined ? { path } : contentOf(path, bytes))),
    faults,
  };
}

/** The paths of the existing bundles, and whether the content of each still matches the fingerprint in its name. */
async function observeExisting(directory: string, key: Secret): Promise<ReadonlyMap<string, boolean>> {
  const names = await namesIn(join(directory, layout.bundles));
  const existing = await Promise.all(
    names.map(async (name): Promise<[string, boolean]> => {
      const path = `${layout.bundles}/${name}`;
      const { entries, faults } = await readEntries(join(directory, path));
      return [path, faults.length === 0 && path === pathOf(name.replace(/-[^-]*$/, ''), entries, key)];
    }),
  );
  return new Map(existing);
}
