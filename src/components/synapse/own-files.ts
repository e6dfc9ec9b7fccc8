import type { OptionPath } from './inline-secrets.ts';
import { extraDirectory, extraTarget } from './secret-files.ts';

/** Options that name files for Synapse to read, by how their names end, or by name. */
const readsFiles = /(?:_path|_file|_files|_dir|_directory|^additional_providers)$/;

/** Where Synapse itself writes, and where its rendered configuration is. */
const notForFiles = /^\/(?:data|conf)(\/|$)/;

/** Paths below the operator's directory that a value names, anywhere in it. */
export function namedFiles(value: unknown): string[] {
  if (typeof value === 'string') {
    return value.startsWith(`${extraTarget}/`)
      ? [value.slice(extraTarget.length + 1).replace(/\/+$/, '')]
      : [];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(namedFiles) : [];
}

/** What is wrong with where a file of the operator's own is, for a sentence that begins with the option; undefined where nothing is. */
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
