import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { localConfigValues } from '../../src/config/create.ts';
import { createConfigText } from '../../src/render/new-config.ts';
import { renderStack } from '../../src/render/render.ts';
import { describeStack } from '../../src/stack/stack.ts';
import { parseConfig } from '../fakes/parse-config.ts';

/**
 * Each folder here is a scenario: a matrix.yaml, and in `expected/` every file that is rendered from it but programs, which are
 * their templates.
 * `UPDATE_GOLDEN=1 npm run unit` writes the expected files again; their diff is what has to be reviewed.
 */
const golden = fileURLToPath(new URL('.', import.meta.url));
const templates = join(golden, '../../templates');
/** What no setting changes. */
const programs = [
  'synapse/body_limits.py',
  'synapse/callers.py',
  'synapse/drain.py',
  'synapse/held_bytes.py',
  'synapse/known_servers.py',
  'synapse/only_one.py',
  'synapse/patient_synapse.py',
  'synapse/stored_bytes.py',
  'synapse/synapse_adjustments.py',
  'synapse/turns.py',
  'synapse/untaken_answers.py',
  'synapse/with_byte_code.py',
];
/** What is added where there is a bridge. */
const bridgePrograms = ['heisenbridge/patient_bridge.py', 'heisenbridge/ping.py'];
const scenarios = readdirSync(golden, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test.each(scenarios)('%s must be rendered as expected, byte for byte', (scenario) => {
  const expected = join(golden, scenario, 'expected');
  const { rendered, copied } = render(readFileSync(join(golden, scenario, 'matrix.yaml'), 'utf8'));
  if (process.env.UPDATE_GOLDEN) {
    writeTree(expected, rendered);
  }
  expect(rendered).toEqual(readTree(expected));
  expect(copied.sort()).toEqual([...(scenario === 'heisenbridge' ? bridgePrograms : []), ...programs]);
});

describe('the scenario local', () => {
  test('must be what init --local writes', () => {
    const written = createConfigText(localConfigValues('localhost', 8443));
    expect(readFileSync(join(golden, 'local', 'matrix.yaml'), 'utf8')).toBe(written);
  });
});

type Tree = Record<string, string>;

/** The files that are rendered, and the paths of the programs that are their templates byte for byte. */
function render(config: string): { rendered: Tree; copied: string[] } {
  const { files } = renderStack(describeStack(parseConfig(config), {}));
  const isCopied = ({ path, text }: (typeof files)[number]) =>
    path.endsWith('.py') && readFileSync(join(templates, path), 'utf8') === text;
  const made = files.filter((file) => !isCopied(file));
  return {
    rendered: Object.fromEntries(made.map(({ path, text }) => [path, text])),
    copied: files.filter(isCopied).map(({ path }) => path),
  };
}

function readTree(folder: string): Tree {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}

function writeTree(folder: string, tree: Tree): void {
  rmSync(folder, { recursive: true, force: true });
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
