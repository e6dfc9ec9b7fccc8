/** What a reader or npm needs of package.json once everything is joined: no dependency, and nothing that is run. */
const published = ['name', 'version', 'description', 'license', 'type', 'bin', 'files', 'engines'];

/** The package.json that is published. */
export function publishedManifest(manifest: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(published.map((key) => [key, manifest[key]]));
}
