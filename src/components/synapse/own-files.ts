import type { OptionPath } from './inline-secrets.ts';
import { extraDirectory, extraTarget } from './secret-files.ts';

/** Names of options whose values are files for Synapse to read. */
const readsFiles = /(?:_path|_file|_files|_dir|_directory|^additional_providers)$/;

/**
 * Directories that cannot have files of the operator: that of the data of Synapse, and that of its rendered
 * configuration.
 */
const notForFiles = /^\/(?:data|conf)(\/|$)/;

/** Paths below the operator's directory in a value or in any part of it. */
export function namedFiles(value: unknown): string[] {
  if (typeof value === 'string') {
    return value.startsWith(`${extraTarget}/`)
      ? [value.slice(extraTarget.length + 1).replace(/\/+$/, '')]
      : [];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(namedFiles) : [];
}

/**
 * What is wrong with the path of a file of the operator, for a sentence that begins with the option; `undefined` if
 * nothing is.
 */
export function misplacedFile(
  path: OptionPath,
  value: unknown,
): { readonly message: string; readonly hint: string } | undefined {
  if (typeof value !== 'string' || value.startsWith(`${extraTarget}/`) || value === extraTarget) {
    return undefined;
  }
  const onHost = new RegExp(`(?:^|/)${extraDirectory}(?:/(.*))?$`).exec(value);
  if (onHost !== null) {
    return {
      message: 'is a path of this host, which Synapse does not see',
      hint: `write ${[extraTarget, onHost[1]].filter(Boolean).join('/')}`,
    };
  }
  const name = path.findLast((part) => typeof part === 'string');
  if (!readsFiles.test(String(name)) || !notForFiles.test(value)) {
    return undefined;
  }
  return {
    message: 'is in a directory that is not for your own files: Synapse would not find it there',
    hint: `put it into ${extraDirectory}, and write ${value.replace(notForFiles, `${extraTarget}$1`)}`,
  };
}
