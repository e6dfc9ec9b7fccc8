import type { Secret } from '../secrets/secret.ts';

/** A bundle with its content: the files that a service is given and that may not be shown. */
export interface Bundle {
  readonly name: string;
  /** Below the deployment directory. It follows from the content: a bundle is never changed, but replaced by another one. */
  readonly path: string;
  /** The operator's directory that it is a copy of, below the deployment directory. */
  readonly from?: string | undefined;
  /** Are its files programs? */
  readonly isExecutable?: true | undefined;
  /** What it is made of, in the operator's words, each with a fingerprint: for saying what has changed. */
  readonly sources: BundleSources;
  readonly entries: readonly BundleEntry[];
}

export type BundleSources = Readonly<Record<string, string>>;

/** A file of a bundle, or a directory, which has no content. */
export interface BundleEntry {
  /** Below the bundle. */
  readonly path: string;
  /** A function, so that whatever prints the entry does not print the content. */
  readonly content?: (() => Uint8Array) | undefined;
}

/** What is there of bundles, and what follows from it. */
export interface ObservedBundles {
  /** As they are to be, of the settings, secrets and files that are there now; none that is empty. */
  readonly wanted: readonly Bundle[];
  /** Secrets that are named and that nobody has set. */
  readonly missing: readonly string[];
  /** By path, the bundles that were written; `false` where the content is no longer what was written. */
  readonly existing: ReadonlyMap<string, boolean>;
  /** By path, what the written ones were made of, as far as it was recorded. */
  readonly sources: Readonly<Record<string, BundleSources>>;
  /** What is in the wanted ones and must not be shown, whatever program says it. */
  readonly confidential: readonly Secret[];
  /** Is there the key of the fingerprints? Without it the paths of those that are wanted are not known yet. */
  readonly hasKey: boolean;
}

export const noBundles: ObservedBundles = {
  wanted: [],
  missing: [],
  existing: new Map(),
  sources: {},
  confidential: [],
  hasKey: true,
};
