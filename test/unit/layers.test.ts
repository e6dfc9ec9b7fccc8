import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const rules = readFileSync(join(root, 'layers.grit'), 'utf8');
const entries = readdirSync(join(root, 'src'), { withFileTypes: true });

/** The highest layer: it may import everything, and needs no rule. */
const top = 'main.ts';

test.each(entries.filter(({ name }) => name !== top))('$name must have a layer', (entry) => {
  const rows = [...rules.matchAll(/\$filename <: r"\.\*(\/src\/.*?)", \$source/g)];
  const path = `/src/${entry.name}${entry.isDirectory() ? '/x.ts' : ''}`;
  expect(rows.filter(([, pattern = '']) => new RegExp(`^${pattern}$`).test(path))).toHaveLength(1);
});

test('every exported type must have a name of its own', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const names = files.flatMap((name) =>
    [
      ...readFileSync(join(root, 'src', name), 'utf8').matchAll(/^export (?:interface|type|class) (\w+)/gm),
    ].map(([, type = '']) => type),
  );
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('no command must take a lock: procedures do', () => {
  const directory = join(root, 'src/commands');
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const locks = /(?:procedures\/change-deployment|state\/run-lock)\.ts/;
  expect(files.filter((name) => locks.test(readFileSync(join(directory, name), 'utf8')))).toEqual([]);
});
