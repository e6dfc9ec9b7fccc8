/** Files that Compose prefers to ours when it is run by hand (compose-spec/compose-go, DefaultFileNames). */
const preferred = ['compose.yaml', 'compose.yml'];

/** Files that Compose reads in addition (compose-go, DefaultOverrideFileNames). */
const overriding = ['', 'docker-'].flatMap((prefix) =>
  ['yml', 'yaml'].map((suffix) => `${prefix}compose.override.${suffix}`),
);

/** The names of files in a deployment directory that Compose would read and that are not ours. */
export function foreignComposeFiles(names: Iterable<string>): string[] {
  const foreign = [...preferred, ...overriding];
  return [...names].filter((name) => foreign.includes(name)).sort();
}
