import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { components } from '../../../src/components/components.ts';
import { parseAnswers } from '../../../src/config/answers.ts';
import { parseUserFile } from '../../../src/config/user-file.ts';
import { ConfigError } from '../../../src/errors.ts';
import { loadConfig } from '../../../src/state/load-config.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

// Each is worked through several times, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => line(index)).join('');

/** What is wrong with a configuration. */
function faultsOf(text: string): readonly string[] {
  try {
    parseConfig(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).details;
  }
  return [];
}

/** Milliseconds of work, the least of five times: what else the process does counts too. */
function effort(work: () => void): number {
  const efforts = [1, 2, 3, 4, 5].map(() => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...efforts);
}

/** Texts of a size, in places of which each might be compared with each. */
const configurations: Record<string, (size: number) => string> = {
  'unknown keys': (size) => lines(size, (index) => `key${index}: 1\n`),
  'keys that are there twice': (size) => 'a: 1\n'.repeat(size),
  'bad items of a list': (size) => `synapse: {overrides: {x: [${'no,'.repeat(size)}no]}}\n`,
  'bad syntax': (size) => `a: [${','.repeat(size)}]\n`,
  aliases: (size) => `a: [${lines(size, (index) => `&a${index} x,*a${index},`)}]\n`,
  levels: (size) => `a: ${'['.repeat(size)}${']'.repeat(size)}\n`,
  'digits to the base of 60': (size) => `synapse: {overrides: {x: ${'1:'.repeat(4 * size)}1}}\n`,
  'digits with underscores': (size) => `synapse: {overrides: {x: ${'1_'.repeat(size)}1}}\n`,
  'letters of one key': (size) => `${'x'.repeat(size)}: 1\n`,
  'lines of one text': (size) => `a: >\n${'  x\n'.repeat(size)}`,
};

test.each(Object.entries(configurations))(
  'the work for %s must grow with their number, not with its square',
  (_title, textOf) => {
    const [few, many] = [1500, 6000].map((size) => effort(() => faultsOf(textOf(size))));
    // Four times as many: four times the work, and sixteen times where each is compared with each.
    expect(many).toBeLessThan(9 * Math.max(Number(few), 5));
  },
);

const size = 100_000;

test.each(Object.entries(configurations))('of 100,000 %s a few lines must be said', (_title, textOf) => {
  const faults = faultsOf(`server_name: example.org\n${textOf(size)}`);
  expect(faults.length).toBeGreaterThan(0);
  expect(faults.length).toBeLessThanOrEqual(51);
  expect(Math.max(...faults.map(({ length }) => length))).toBeLessThan(500);
});

test('an alias that stands for a thousand million values must not be followed', () => {
  const levels = lines(9, (index) => `b${index + 1}: &b${index + 1} [${`*b${index},`.repeat(10)}]\n`);
  expect(faultsOf(`b0: &b0 [x,x,x,x,x,x,x,x,x,x]\n${levels}`)).toHaveLength(1);
});

test('a matrix.yaml of some gigabytes must be refused as a configuration that is wrong', async () => {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'matrix.yaml'), '');
  await truncate(join(directory, 'matrix.yaml'), 5 * 2 ** 30);
  await expect(loadConfig(directory, { components: async () => components })).rejects.toMatchObject({
    code: 'config.size',
    exitCode: 3,
  });
});

test('of an answers file of 100,000 lines a few must be said', () => {
  const parse = () =>
    parseAnswers(
      lines(size, (index) => `key${index}: 1\n`),
      'answers.yaml',
      () => [],
    );
  expect(parse).toThrow(ConfigError);
});

test.each<[string, (size: number) => string]>([
  ['users', (count) => `name,password\n${lines(count, (index) => `u${index},\n`)}`],
  ['users of one name', (count) => `name\n${'bob\n'.repeat(count)}`],
  ['columns', (count) => `name${lines(count, (index) => `,column${index}`)}\nbob\n`],
  ['cells', (count) => `name\nbob${',x'.repeat(count)}\n`],
  ['quotes', (count) => `name\n${'"'.repeat(count)}\n`],
])('the work for %s in a file of users must grow with their number', (_title, textOf) => {
  const [few, many] = [1500, 6000].map((count) => effort(() => void parseUserFile(textOf(count))));
  expect(many).toBeLessThan(9 * Math.max(Number(few), 5));
});
