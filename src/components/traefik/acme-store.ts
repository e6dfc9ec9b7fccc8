import { objectIn } from '../../json-object.ts';

/** Where Traefik keeps certificates that it has ordered, below the deployment directory. */
export const certificateStore = 'data/acme/acme.json';

/** The part of Traefik's acme.json that tells what it holds certificates for: by resolver. */
type Storage = Readonly<Record<string, { readonly Certificates?: readonly Certificate[] | null } | null>>;

interface Certificate {
  readonly domain: { readonly main: string; readonly sans?: readonly string[] };
}

/** The names that Traefik has certificates for, by the text of its acme.json: none by one that is damaged. */
export function certifiedNames(text: string): ReadonlySet<string> {
  const storage = (objectIn(text) ?? {}) as Storage;
  const held = Object.values(storage).flatMap((resolver) => resolver?.Certificates ?? []);
  return new Set(held.flatMap(({ domain }) => [domain.main, ...(domain.sans ?? [])]));
}
