import { mkdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openRunLog } from '../../../src/state/run-log.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

async function deployment() {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'state'));
  const path = join(directory, 'state/last-run.log');
  return { directory, path, read: () => readFile(path, 'utf8') };
}

test('the log of a run must have a line for each thing, and be closed to others', async () => {
  const { directory, path, read } = await deployment();
  const log = await openRunLog(directory, fakeClock());
  log.say('one\ntwo');
  await log.end('three');
  expect(await read()).toBe('2026-01-01T00:00:00.000Z one two\n2026-01-01T00:00:00.000Z three\n');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('what strangers have said must not reach the terminal on which the log of a run is read', async () => {
  const { directory, read } = await deployment();
  const log = await openRunLog(directory, fakeClock());
  log.say('\u001b[2Ja room\r\u202e\u009b1m');
  await log.end('the registry says \u001b]0;x\u0007');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none.
  expect(await read()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(await read()).toContain('\\u001b[2Ja room\\u000d\\u202e\\u009b1m');
});

test('the log of a run must take the place of that before', async () => {
  const { directory, read } = await deployment();
  await (await openRunLog(directory, fakeClock())).end('first');
  await (await openRunLog(directory, fakeClock())).end('second');
  expect(await read()).not.toContain('first');
});

test('the log of a run must stay small, and tell how it ended all the same', async () => {
  const { directory, path, read } = await deployment();
  const log = await openRunLog(directory, fakeClock());
  for (let index = 0; index < 10_000; index++) {
    log.say(`line ${index} ${'x'.repeat(100)}`);
  }
  await log.end('the end');
  expect((await stat(path)).size).toBeLessThan(2 ** 18 + 1000);
  expect(await read()).toMatch(/the end\n$/);
});

test('a log that cannot be written must hinder nobody, and a link not be followed', async () => {
  const { directory, path } = await deployment();
  await symlink(join(directory, 'elsewhere'), path);
  const log = await openRunLog(directory, fakeClock());
  log.say('one');
  await log.end('two');
  await expect(stat(join(directory, 'elsewhere'))).rejects.toThrow('ENOENT');
});
