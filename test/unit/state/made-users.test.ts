import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type MadeUser, openMadeUsers } from '../../../src/state/made-users.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const bob: MadeUser = { localpart: 'bob', row: 'r1', made: false, passwords: '/p.csv' };
const carol: MadeUser = { localpart: 'carol', row: 'r2', made: true };

async function recorded(...users: MadeUser[]) {
  const directory = await temporaryDirectory();
  const made = await openMadeUsers(directory);
  await made.record(users);
  await made.close();
  return { directory, path: join(directory, 'state/made-users.jsonl') };
}

async function find(directory: string, localpart: string) {
  const made = await openMadeUsers(directory);
  await made.close();
  return made.find(localpart);
}

test('what is recorded of a user must be found by a later run, the last of it', async () => {
  const { directory } = await recorded(bob, carol, { ...bob, made: true });
  expect(await find(directory, 'bob')).toEqual({ ...bob, made: true });
  expect(await find(directory, 'carol')).toEqual(carol);
  expect(await find(directory, 'dave')).toBeUndefined();
});

test('a line that a power cut left unfinished must spoil neither those before nor those after', async () => {
  const { directory, path } = await recorded(bob);
  await appendFile(path, '{"localpart":"car');
  const made = await openMadeUsers(directory);
  await made.record([carol]);
  await made.close();
  expect(await find(directory, 'bob')).toEqual(bob);
  expect(await find(directory, 'carol')).toEqual(carol);
});

test('many records at the same time must each be whole, in a file that nobody else can read', async () => {
  const { directory, path } = await recorded();
  const made = await openMadeUsers(directory);
  const names = Array.from({ length: 50 }, (_, index) => `u${index}`);
  await Promise.all(names.map((localpart) => made.record([{ ...carol, localpart }])));
  await made.close();
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).localpart)).toEqual(names);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});
