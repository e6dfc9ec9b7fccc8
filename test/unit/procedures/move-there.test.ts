import { execFile } from 'node:child_process';
import { chmod, chown, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { ProgramResult } from '../../../src/host/child-process.ts';
import type { RemoteHost } from '../../../src/host/ssh.ts';
import { sendRepository } from '../../../src/procedures/move/send.ts';
import { prepareThere } from '../../../src/procedures/move/there.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const ended = (stdout: string, exitCode = 0): ProgramResult => ({
  ...{ exitCode, stdout, output: stdout },
  ...{ isMissing: false, stopped: undefined },
});

const hostThat = (run: RemoteHost['run']): RemoteHost => ({
  ...{ name: 'beta', run, until: () => hostThat(run) },
  hostName: async () => 'beta',
});

describe('what another host answers', () => {
  const prepare = (result: ProgramResult) =>
    prepareThere(
      {
        remote: hostThat(async () => result),
        directory: '/opt/matrix',
        hostFlags: [],
        note: () => undefined,
      },
      { config: '', roots: undefined, images: {} },
    );

  test('must be found behind what its login shell writes', async () => {
    const answer = '{"schemaVersion":1,"addresses":["192.0.2.1"]}';
    expect(await prepare(ended(`Welcome to beta!\n${answer}\n`))).toEqual(['192.0.2.1']);
  });

  test.each([
    ['nothing', ended('')],
    ['no JSON', ended('Welcome to beta!\n')],
    ['an error of another form', ended('{"schemaVersion":1,"error":{"details":"x"}}\n', 1)],
  ])('must be a failure of that host where it is %s', async (_, result) => {
    await expect(prepare(result)).rejects.toThrow(expect.objectContaining({ code: 'move.there' }));
  });
});

/** A host whose shell is the one of this host. */
const sameHost = hostThat(
  (script, args = [], { input } = {}) =>
    new Promise((resolve) => {
      const child = execFile('sh', ['-euc', script, 'sh', ...args], (error, stdout, stderr) =>
        resolve({ ...ended(stdout, error === null ? 0 : Number(error.code)), output: stdout + stderr }),
      );
      child.stdin?.on('error', () => undefined);
      if (input === undefined || typeof input === 'string') child.stdin?.end(input ?? '');
      else (input as Readable).pipe(child.stdin as NodeJS.WritableStream);
    }),
);

// Only root gives files away.
describe.runIf(userInfo().uid === 0)('the copy of the backups on another host', () => {
  async function backups() {
    const above = await temporaryDirectory();
    const [from, to, elsewhere] = ['backups', 'matrix.moving', 'elsewhere'].map((name) => join(above, name));
    if (from === undefined || to === undefined || elsewhere === undefined) throw new Error('no paths');
    await mkdir(from);
    await writeFile(join(from, 'config'), 'encrypted');
    await mkdir(elsewhere);
    return { to, elsewhere, send: () => sendRepository(sameHost, { from, to, onProgress: () => undefined }) };
  }

  test('must be made, and be added to where a run before was cut off', async () => {
    const { to, send } = await backups();
    expect(await send()).toBe(9);
    expect(await readFile(join(to, 'config'), 'utf8')).toBe('encrypted');
    expect(await lstat(to)).toMatchObject({ uid: 991, gid: 991 });
    expect(await send()).toBe(0);
  });

  test('must not be written through a link that somebody has put in its place', async () => {
    const { to, elsewhere, send } = await backups();
    await symlink(elsewhere, to);
    await expect(send()).rejects.toThrow(expect.objectContaining({ code: 'move.transfer' }));
    expect(await readdir(elsewhere)).toEqual([]);
    expect(await lstat(elsewhere)).toMatchObject({ uid: 0 });
  });

  test("must not be written into another user's directory", async () => {
    const { to, send } = await backups();
    await mkdir(to);
    await chown(to, 12_345, 12_345);
    await chmod(to, 0o777);
    await expect(send()).rejects.toThrow(expect.objectContaining({ code: 'move.transfer' }));
    expect(await readdir(to)).toEqual([]);
  });
});
