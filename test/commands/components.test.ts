import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ListedComponent } from '../../src/stack/list-components.ts';
import { runCommand } from '../fakes/command-line.ts';
import { localConfigText, publicConfigText } from '../fakes/configurations.ts';
import { temporaryDirectory } from '../fakes/directory.ts';
import { untouchable } from '../fakes/untouchable.ts';

/** What the command answers beside this matrix.yaml, on a host whose engine may not be asked. */
async function run(config: string, ...flags: readonly string[]) {
  const workingDirectory = await temporaryDirectory();
  await writeFile(join(workingDirectory, 'matrix.yaml'), config);
  return runCommand(untouchable, ['components', ...flags], { workingDirectory });
}

async function list(config: string): Promise<ListedComponent[]> {
  const { exitCode, stdout, stderr } = await run(config, '--json', '--quiet');
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout).components;
}

const withElement = `${publicConfigText}element: { host: chat.example.org }\n`;

test('components must have what each costs, and whether it is on', async () => {
  const named = ['postgres', 'synapse', 'traefik', 'mail', 'element'];
  expect((await list(withElement)).filter(({ name }) => named.includes(name))).toMatchObject([
    { name: 'postgres', on: true, memoryBytes: 2 ** 30, ports: [], hostnames: [], data: ['data/postgres'] },
    { name: 'synapse', on: true, memoryBytes: 2 ** 31, hostnames: ['matrix.example.org', 'example.org'] },
    { name: 'traefik', on: true, memory: ['256m'], ports: ['80', '443'], data: ['data/acme'] },
    { name: 'mail', on: false, memory: [], memoryBytes: 0 },
    { name: 'element', on: true, memory: ['64m'], hostnames: ['chat.example.org'], example: null },
  ]);
});

test('one that is off must have what it would cost', async () => {
  const [element] = (await list(publicConfigText)).filter(({ name }) => name === 'element');
  expect(element).toMatchObject({ on: false, memory: ['64m'], hostnames: ['chat.example.org'] });
});

test('mail must be on where a server is named', async () => {
  const listed = await list(`${publicConfigText}mail: { host: mail.example.org, sender: m@example.org }\n`);
  expect(listed.find(({ name }) => name === 'mail')).toMatchObject({ on: true, example: null });
});

test('the line that turns one on must do so', async () => {
  const { stdout } = await run(publicConfigText);
  for (const line of stdout.split('\n').filter((one) => /^ {2}\w+: \{/.test(one))) {
    const [name = ''] = line.trim().split(':');
    const on = (await list(`${publicConfigText}${line.trim()}\n`)).filter((component) => component.on);
    expect(on.map((component) => component.name)).toContain(name);
  }
  expect(stdout).toContain('\n  element: { host: "chat.example.org" }\n');
});

test.each([
  ['public', withElement],
  ['local', localConfigText],
])('a %s server must be shown in 80 columns', async (_title, config) => {
  const { exitCode, stdout } = await run(config);
  expect(exitCode).toBe(0);
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('without a deployment it must say so', async () => {
  const result = await runCommand(untouchable, ['components'], {
    workingDirectory: await temporaryDirectory(),
  });
  expect(result).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('there is no matrix.yaml') });
});
