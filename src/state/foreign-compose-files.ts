/** What Compose takes in place of ours where somebody runs it by hand (compose-spec/compose-go, DefaultFileNames). */
const preferred = ['compose.yaml', 'compose.yml'];

/** What it adds to any of them (compose-go, DefaultOverrideFileNames). */
const overriding = ['', 'docker-'].flatMap((prefix) =>
  ['yml', 'yaml'].map((suffix) => `${prefix}compose.override.${suffix}`),
);

/** Those of the names in a deployment directory that are Compose's too, and not ours. */
export function foreignComposeFiles(names: Iterable<string>): string[] {
  const foreign = [...preferred, ...overriding];
  return [...names].filter((name) => foreign.includes(name)).sort();
}
