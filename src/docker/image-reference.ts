/**
 * The digest of an image in the engine's list, under the requested name: a digest of another name could not be pulled
 * under this one. The list leaves out the default parts of a name (distribution/reference, "familiar" names).
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

/** The place of an image in a registry. */
export interface ImageSource {
  /** Name of the registry, with its port where it has one. */
  readonly registry: string;
  /** What the registry calls the image, such as `library/postgres`. */
  readonly repository: string;
  readonly tag: string;
}

/**
 * The registry and the repository that a reference means to an engine (distribution/reference, normalized names): the
 * part before the first slash is a registry if it has a dot or a port in it, or is `localhost`.
 *
 * @param reference with a tag; a digest is left out
 */
export function imageSource(reference: string): ImageSource {
  const [name = ''] = reference.split('@');
  const colon = name.lastIndexOf(':');
  const [path, tag] = [name.slice(0, colon), name.slice(colon + 1)];
  const [first = '', ...rest] = path.split('/');
  const isNamed = rest.length > 0 && /[.:]|^localhost$/.test(first);
  if (isNamed && !/^(?:index\.)?docker\.io$/.test(first)) {
    return { registry: first, repository: rest.join('/'), tag };
  }
  const below = isNamed ? rest : [first, ...rest];
  const repository = below.length === 1 ? `library/${below[0]}` : below.join('/');
  return { registry: 'registry-1.docker.io', repository, tag };
}
