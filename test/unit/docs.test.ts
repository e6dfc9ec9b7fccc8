import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { generatedDocuments } from '../../docs/generated.ts';
import { runCommandLine } from '../../src/cli.ts';
import { options as synapseOptions } from '../../src/components/synapse/options.ts';
import { parseAnswers } from '../../src/config/answers.ts';
import { parseGroup } from '../../src/config/group-file.ts';
import type { Context } from '../../src/context.ts';
import { parseConfig } from '../fakes/parse-config.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pagesIn = (directory: string) =>
  readdirSync(join(root, directory))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${directory}/${name}`);
const decisions = pagesIn('docs/decisions');

test.each(Object.entries(generatedDocuments()))('docs/%s is what npm run docs writes', (name, text) => {
  expect(read(`docs/${name}`) === text, 'it is stale: run `npm run docs`').toBe(true);
});

test.each(commandsShown('matrix-deploy'))('matrix-deploy %s exists', async (commandLine) => {
  const [command = '', ...args] = commandLine.split(' ');
  const help = await helpOf(command);
  expect(help).toContain(`Usage: matrix-deploy ${command} `);
  for (const flag of args.filter((arg) => arg.startsWith('-'))) {
    expect(help).toMatch(new RegExp(`^ .*${flag}\\b`, 'm'));
  }
});

test.each(commandsShown('npm run'))('npm run %s exists', (commandLine) => {
  expect(Object.keys(JSON.parse(read('package.json')).scripts)).toContain(commandLine.split(' ')[0]);
});

test('the group of docs/inviting.md is valid', () => {
  const [, text = ''] = /```yaml\n(.*?)```/s.exec(read('docs/inviting.md')) ?? [];
  expect(parseGroup(text, 'rowing.yaml')).toMatchObject({ alias: 'rowing', rooms: [{}, {}] });
});

test('the matrix.yaml of README.md is valid', () => {
  const [, text = ''] = /```yaml\n(version:.*?)```/s.exec(read('README.md')) ?? [];
  expect(parseConfig(text)).toMatchObject({ server_name: 'example.org', host: 'matrix.example.org' });
});

test('the settings of docs/policy.md are the defaults', () => {
  const [, text = ''] = /```yaml\n(synapse:.*?)```/s.exec(read('docs/policy.md')) ?? [];
  const shown = parse(text).synapse;
  expect(Object.keys(shown).length).toBeGreaterThan(0);
  expect(synapseOptions.parse({})).toMatchObject(shown);
});

test('docs/dependencies.md gives each direct dependency a reason, and no other package', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'));
  const rows = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` +\| \S/gm)].map(([, name]) => name);
  expect(rows).toEqual([...Object.keys(dependencies), ...Object.keys(devDependencies)]);
});

test.each(['README.md', 'docs/from-the-article.md'])('the answers of %s are valid', (page) => {
  const [, text = ''] = /```yaml\n(server_name:.*?)```/s.exec(read(page)) ?? [];
  expect(parseAnswers(text, page, () => [])).toMatchObject({ server_name: 'example.org' });
});

test.each(['README.md', ...pagesIn('docs'), ...decisions])('every link of %s leads somewhere', (page) => {
  const targets = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) =>
    target.replace(/#.*/, ''),
  );
  const local = targets.filter((target) => target !== '' && !/^https?:/.test(target));
  expect(local.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
});

test.each(['docs/architecture.md', ...decisions])('every source file that %s names is there', (page) => {
  const named = [...read(page).matchAll(/`([\w.-]+\/[\w./-]+\.(?:ts|js|yml|md))`/g)].map(
    ([, path = '']) => path,
  );
  expect(
    named.filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, 'src', path))),
  ).toEqual([]);
});

test('architecture.md fits on a screen and has every folder of src', () => {
  const lines = read('docs/architecture.md').trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(60);
  expect(lines.filter((line) => line.length > 120)).toEqual([]);
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  expect(folders.filter(({ name }) => !lines.some((line) => line.startsWith(`  ${name}/ `)))).toEqual([]);
});

test.each(decisions)('%s fits on a screen', (page) => {
  expect(read(page).trimEnd().split('\n').length).toBeLessThanOrEqual(40);
});

/** What follows a program's name wherever README.md, the picture in it, or the table of what replaces the article shows that it is run. */
function commandsShown(program: string): string[] {
  // The commands below the table of that page are run in a scenario.
  const [table = ''] = read('docs/from-the-article.md').split('\n## ');
  const readme = read('README.md') + table;
  const scripts = [...readme.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, script = '']) => script.split('\n'));
  const inline = [...readme.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  const pictured = [...read('docs/session.svg').matchAll(/>\$ ([^<]+)</g)].map(([, line = '']) => line);
  const commands = [...scripts, ...inline, ...pictured]
    .flatMap((line) => line.replace(/\s#.*/, '').split(/ && | &amp;&amp; /))
    .map((command) => command.trim())
    .filter((command) => command.startsWith(`${program} `))
    .map((command) => command.slice(program.length + 1));
  return [...new Set(commands)];
}

async function helpOf(command: string): Promise<string> {
  let help = '';
  const stdout = {
    write: (text: string) => {
      help += text;
    },
  };
  await runCommandLine([command, '--help'], { stdout } as Context);
  return help;
}
