import type { Secret } from '../secrets/secret.ts';

/** A bundle with its content: the files that a service is given and that may not be shown. */
export interface Bundle {
  readonly name: string;
  /**
   * Path below the deployment directory. It contains a fingerprint of the content: a bundle never changes, but is
   * replaced by another one.
   */
  readonly path: string;
  /** Path below the deployment directory of the operator's directory whose files the bundle copies. */
  readonly from?: string | undefined;
  /** True if its files are programs. */
  readonly isExecutable?: true | undefined;
  /**
   * The settings, secrets and files that it is made of, as the operator knows them, each with its fingerprint: for
   * messages that say what has changed.
   */
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

/** The bundles that the configuration needs, and those that exist. */
export interface ObservedBundles {
  /** The bundles to have, made of the present settings, secrets and files. Empty ones are left out. */
  readonly wanted: readonly Bundle[];
  /** Names of the secrets that the configuration uses and that are not set. */
  readonly missing: readonly string[];
  /** The written bundles by path: whether the content is still what was written. */
  readonly existing: ReadonlyMap<string, boolean>;
  /** The sources of the written bundles by path, as far as they were recorded. */
  readonly sources: Readonly<Record<string, BundleSources>>;
  /** Values in the wanted bundles that must not be shown, whichever program prints them. */
  readonly confidential: readonly Secret[];
  /** Whether the fingerprint key exists. Without it, the paths of the wanted bundles are not known yet. */
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
