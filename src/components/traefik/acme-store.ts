import { objectIn } from '../../json-object.ts';

/** The file in which Traefik keeps its ordered certificates, below the deployment directory. */
export const certificateStore = 'data/acme/acme.json';

/** The part of Traefik's acme.json that lists the names of its certificates, by resolver. */
type Storage = Readonly<Record<string, { readonly Certificates?: readonly Certificate[] | null } | null>>;

interface Certificate {
  readonly domain: { readonly main: string; readonly sans?: readonly string[] };
}

/**
 * The names that Traefik has certificates for, according to the text of its acme.json; none if the text is damaged.
 */
export function certifiedNames(text: string): ReadonlySet<string> {
  const storage = (objectIn(text) ?? {}) as Storage;
  const held = Object.values(storage).flatMap((resolver) => resolver?.Certificates ?? []);
  return new Set(held.flatMap(({ domain }) => [domain.main, ...(domain.sans ?? [])]));
}
