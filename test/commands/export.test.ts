import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { installedHost } from '../fakes/host.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** A server with bob, who has sent three events to a room, none to another, and uploaded two files. */
async function serverWithBob() {
  const host = await installedHost();
  await host.run('add-user bob --generate-password');
  const sent = { '!a:localhost': [{ n: 1 }, { n: 2 }, { n: 3 }], '!b:localhost': [] };
  Object.assign(host.world.users.get('bob') ?? {}, { sent, uploads: [1000, 500] });
  const path = (name: string) => join(host.directory, name);
  return {
    ...host,
    path,
    json: async (name: string) => JSON.parse(await readFile(path(name), 'utf8')),
    left: async () => (await readdir(host.directory)).filter((name) => name.startsWith('out')),
  };
}

const records = ['account', 'devices', 'connections', 'pushers', 'account-data', 'memberships', 'media'];

describe('users export', () => {
  test('must write what is held of a user, for nobody else to read', async () => {
    const { run, path, json, left } = await serverWithBob();
    const { exitCode, stdout, stderr } = await run('users export bob --to out');
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toContain('3 events in 2 rooms, 2 files of 2 kB in all');
    const files = await readdir(path('out'));
    expect(files.sort()).toEqual(
      ['README.txt', ...records.map((name) => `${name}.json`), 'events.jsonl'].sort(),
    );
    expect(await json('out/account.json')).toMatchObject({ name: '@bob:localhost' });
    expect(await json('out/media.json')).toMatchObject({
      media: [{ media_length: 1000 }, { media_length: 500 }],
    });
    expect(await readFile(path('out/events.jsonl'), 'utf8')).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
    expect(await readFile(path('out/README.txt'), 'utf8')).toContain('end-to-end encrypted');
    const modes = await Promise.all(
      ['', ...files].map(async (name) => (await stat(path(`out/${name}`))).mode & 0o777),
    );
    expect(modes).toEqual([0o700, ...files.map(() => 0o600)]);
    expect(await left()).toEqual(['out']);
  });

  test('must save media when asked to, and name what the server withholds', async () => {
    const { run, path } = await serverWithBob();
    const { stdout } = await run('users export bob --to out --media --json');
    expect(JSON.parse(stdout)).toMatchObject({
      directory: path('out'),
      media: { files: 2, bytes: 1500, isSaved: true, withheld: ['bob0'] },
    });
    expect(await readFile(path('out/media-bob1'), 'utf8')).toBe('{"content":"bob1"}');
    expect((await stat(path('out/media-bob1'))).mode & 0o777).toBe(0o600);
    expect(await readFile(path('out/README.txt'), 'utf8')).toContain('the file bob0, which the server');
  });

  test.each([
    ['a directory', (path: string) => mkdir(path)],
    ['a file', (path: string) => writeFile(path, 'mine')],
    ['a link to nothing', (path: string) => symlink('/nowhere', path)],
  ])('must never touch what is there already: %s', async (_what, make) => {
    const { run, path, left } = await serverWithBob();
    await make(path('out'));
    const { exitCode, stdout, stderr } = await run('users export bob --to out');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('out is there already');
    expect(await left()).toEqual(['out']);
  });

  test.each([
    ['--to nowhere/out', 2, 'there is no directory'],
    ['', 2, "required option '--to <directory>' not specified"],
  ])('must say what is wrong with %j', async (flags, status, text) => {
    const { run } = await serverWithBob();
    const { exitCode, stderr } = await run(`users export bob ${flags}`.trim());
    expect(exitCode).toBe(status);
    expect(stderr).toContain(text);
  });

  test('must leave nothing when the homeserver dies in the middle, or somebody stops it', async () => {
    const { world, run, left } = await serverWithBob();
    const { calls } = world.homeserver;
    world.crash = () => (calls.some((call) => call.endsWith('/messages')) ? 'no' : undefined);
    expect(await run('users export bob --to out')).toMatchObject({ exitCode: 1, stdout: '' });
    expect(await left()).toEqual([]);
    world.crash = () => undefined;
    expect(await run('users export bob --to out', { interrupt: AbortSignal.abort() })).toMatchObject({
      exitCode: 130,
      stderr: expect.stringContaining('nothing was written'),
    });
    expect(await left()).toEqual([]);
  });
});
