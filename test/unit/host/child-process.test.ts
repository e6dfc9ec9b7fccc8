import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { runProgram } from '../../../src/host/child-process.ts';

const directory = await mkdtemp(join(tmpdir(), 'program-'));
const options = { environment: { PATH: process.env.PATH }, bounds: {} };

test('a program that is not there must be told from one that fails', async () => {
  expect(await runProgram(join(directory, 'none'), [], options)).toMatchObject({ isMissing: true });
  expect(await runProgram('sh', ['-c', 'echo said; exit 3'], options)).toMatchObject({
    isMissing: false,
    exitCode: 3,
    stdout: 'said',
  });
});

// The system answers the first at once, and the second while the process is made.
test.each([
  ['may not be executed', () => join(directory, 'data'), ['a'], /EACCES/],
  ['is given too much', () => 'true', ['a'.repeat(4_000_000)], /E2BIG/],
])('a program that %s must be reported with the reason of the system', async (_, program, args, reason) => {
  await writeFile(join(directory, 'data'), 'no program', { mode: 0o644 });
  const failure = await runProgram(program(), args, options).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect((failure as UserError).message).toMatch(reason);
});
