/**
 * The digest of an image in the engine's list, under the name that was asked for: one under another name could not be
 * pulled again by it. The list leaves out what a name has by default (distribution/reference, "familiar" names).
 *
 * @param digests such as `postgres@sha256:…`
 */
export function registryDigest(reference: string, digests: readonly string[]): string | null {
  const repository = familiarName(reference.replace(/@.*$/, '').replace(/:[^:/]*$/, ''));
  const own = digests.find((digest) => digest.startsWith(`${repository}@`));
  return own?.split('@')[1] ?? null;
}

function familiarName(repository: string): string {
  return repository.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\/(?=[^/]+$)/, '');
}
