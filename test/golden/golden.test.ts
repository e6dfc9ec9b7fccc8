import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createConfigText, localConfigValues } from '../../src/config/create.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { renderStack } from '../../src/render/render.ts';
import { describeStack } from '../../src/stack/stack.ts';

/**
 * Each folder here is a scenario: a matrix.yaml, and in `expected/` every file that is rendered from it.
 * `UPDATE_GOLDEN=1 npm run unit` writes the expected files anew; their diff is what has to be reviewed.
 */
const golden = fileURLToPath(new URL('.', import.meta.url));
const scenarios = readdirSync(golden, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test.each(scenarios)('%s must be rendered as expected, byte for byte', (scenario) => {
  const expected = join(golden, scenario, 'expected');
  const rendered = render(readFileSync(join(golden, scenario, 'matrix.yaml'), 'utf8'));
  if (process.env.UPDATE_GOLDEN) {
    writeTree(expected, rendered);
  }
  expect(rendered).toEqual(readTree(expected));
});

describe('the scenario local', () => {
  test('must be what init --local writes', () => {
    const written = createConfigText(localConfigValues('localhost', 8443));
    expect(readFileSync(join(golden, 'local', 'matrix.yaml'), 'utf8')).toBe(written);
  });
});

type Tree = Record<string, string>;

function render(config: string): Tree {
  const { files } = renderStack(describeStack(parseConfig(config), {}));
  return Object.fromEntries(files.map(({ path, text }) => [path, text]));
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
