import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { components } from '../../../src/components/components.ts';
import { ConfigError } from '../../../src/errors.ts';
import { recordSummary, summarise } from '../../../src/state/summary.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const config = 'version: 1\nserver_name: example.org\nhost: matrix.example.org\n';
const summary = {
  project: 'matrix-example_org',
  serverName: 'example.org',
  edge: { httpsPort: 443 },
  delegation: { clientUrl: 'https://matrix.example.org' },
};
/** What only a record can say of that matrix.yaml. */
const recorded = { ...summary, project: 'as recorded' };

async function deployment() {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'state'));
  const path = join(directory, 'state/summary.json');
  const write = (text: string) => writeFile(join(directory, 'matrix.yaml'), text);
  await write(config);
  return { directory, path, write };
}

const context = { components: async () => components };

describe('what a matrix.yaml means', () => {
  test('must be found out, and be recorded', async () => {
    const { directory, path } = await deployment();
    expect(await summarise(directory, context)).toMatchObject(summary);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ summary });
  });

  test('must be found out where nothing can be recorded', async () => {
    const { directory } = await deployment();
    await rm(join(directory, 'state'), { recursive: true });
    expect(await summarise(directory, context)).toMatchObject(summary);
  });

  test('must be taken from a record of the very same text', async () => {
    const { directory } = await deployment();
    await recordSummary(directory, config, recorded);
    expect(await summarise(directory, context)).toEqual(recorded);
  });

  test('must be computed again after an edit', async () => {
    const { directory, write } = await deployment();
    await recordSummary(directory, config, recorded);
    await write(`${config}# edited\n`);
    expect(await summarise(directory, context)).toMatchObject(summary);
  });

  test.each([
    ['broken', () => '{'],
    ['empty', () => ''],
    ['of another form', () => '{"digest":"x"}'],
    ['edited', (text: string) => text.replace('as recorded', 'edited')],
  ])('must be computed again where the record is %s', async (_title, change) => {
    const { directory, path } = await deployment();
    await recordSummary(directory, config, recorded);
    await writeFile(path, change(await readFile(path, 'utf8')));
    expect(await summarise(directory, context)).toMatchObject(summary);
  });

  test.each([
    ['is not there', rm],
    ['is wrong', (path: string) => writeFile(path, 'version: 1\n')],
  ])('must not be known where it %s', async (_title, change) => {
    const { directory } = await deployment();
    await recordSummary(directory, config, recorded);
    await change(join(directory, 'matrix.yaml'));
    await expect(summarise(directory, context)).rejects.toThrow(ConfigError);
  });
});
