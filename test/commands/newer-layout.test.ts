import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { layout } from '../../src/layout.ts';
import { currentFormat, recordFormat } from '../../src/state/format.ts';
import { runCommand } from '../fakes/command-line.ts';
import { localConfigText } from '../fakes/configurations.ts';
import { temporaryDirectory } from '../fakes/directory.ts';
import { untouchable } from '../fakes/untouchable.ts';

const newer = { format: currentFormat + 1, program: '9.8.7', more: [] };

async function deployment(format: unknown): Promise<string> {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, layout.state));
  await writeFile(join(directory, layout.config), localConfigText);
  await writeFile(join(directory, layout.format), JSON.stringify(format));
  return directory;
}

describe('a deployment that a newer version has laid out must be refused, and stay as it is, by', () => {
  test.each([
    'plan',
    'apply',
    'apply --dry-run',
    'init --local --yes',
    'upgrade',
    'upgrade --check',
    'upgrade --finish',
    'rollback',
    'history',
    'status',
    'verify',
    'backup',
    'backup list',
    'backup prune',
    'backup verify',
    'backup schedule',
    'drill',
    'restore 20261101T000000Z-0000',
    'restore --undo',
    'move other.example.org',
    'secrets list',
    'secrets rotate form_secret --yes',
    'secrets remove mail',
    'users list',
    'users show anna',
    'rooms list',
    'tokens list',
    'add-user anna --generate-password',
    'destroy --yes',
    'destroy --delete-data --confirm localhost',
  ])('%s', async (argv) => {
    const workingDirectory = await deployment(newer);
    const result = await runCommand(untouchable, argv.split(' '), { workingDirectory, isTTY: false });
    expect(result).toMatchObject({ exitCode: 3, stdout: '', stderr: expect.stringContaining('9.8.7') });
    expect((await readdir(workingDirectory, { recursive: true })).sort()).toEqual([
      'matrix.yaml',
      'state',
      'state/format.json',
    ]);
  });
});

test('a layout that this version knows must be recorded, and an earlier record be replaced', async () => {
  const directory = await deployment({ format: currentFormat - 1, program: '0.0.1' });
  await recordFormat(directory);
  const recorded = JSON.parse(await readFile(join(directory, layout.format), 'utf8'));
  expect(recorded.format).toBe(currentFormat);
});
