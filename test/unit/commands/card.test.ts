import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepareCard } from '../../../src/commands/card.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const card = { title: 'A card', sections: [], codes: [] };

test.each([
  ['in no directory', 'cards/bob.html', 'ENOENT'],
  ['below a file', 'file/bob.html', 'is no directory'],
  ['that is a directory', 'directory', 'EISDIR'],
])('a file %s must be refused at once', async (_title, cardFile, text) => {
  const workingDirectory = await temporaryDirectory();
  await writeFile(join(workingDirectory, 'file'), '');
  await mkdir(join(workingDirectory, 'directory'));
  await expect(prepareCard({ workingDirectory }, { cardFile }, 'again')).rejects.toMatchObject({
    code: 'usage.card-file',
    message: expect.stringContaining(text),
  });
});

test('a card that cannot be written after all must be a failure that is returned, not thrown', async () => {
  const workingDirectory = await temporaryDirectory();
  const directory = join(workingDirectory, 'cards');
  await mkdir(directory);
  const write = await prepareCard({ workingDirectory }, { cardFile: 'cards/bob.html' }, 'again');
  const path = join(directory, 'bob.html');
  expect(await write(card)).toEqual({ path, failure: undefined });
  expect(await readFile(path, 'utf8')).toContain('A card');
  await rm(directory, { recursive: true });
  expect(await write(card)).toMatchObject({
    path: undefined,
    failure: { code: 'card.file', hint: expect.stringContaining('Run the same command again.') },
  });
});
