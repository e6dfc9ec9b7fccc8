import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commandOfUnit } from '../../../src/host/unit-text.ts';
import type { Watch } from '../../../src/procedures/certificates/watch.ts';
import {
  pathsIn,
  watchArguments,
  watchedPaths,
  watchTexts,
  watchUnits,
} from '../../../src/procedures/certificates/watch-units.ts';
import { judgeWatch } from '../../../src/procedures/status/watch.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const units = watchUnits('example.org');
const live = '/etc/letsencrypt/live/example.org';
const files = { chain: `${live}/fullchain.pem`, key: `${live}/privkey.pem` };
const words = ['/usr/bin/node', '/usr/bin/matrix-deploy', ...watchArguments, '--dir', '/opt/matrix'];
const textsFor = (watched: typeof files, command = words) =>
  watchTexts(units, 'example.org', { words: command, environment: {} }, watched);

describe('the units that watch a certificate', () => {
  test('must watch both files and their directories, once each', () => {
    expect(watchedPaths(files)).toEqual([files.chain, files.key, live]);
    expect(watchedPaths({ chain: '/a/c.pem', key: '/b/k.pem' })).toEqual([
      '/a/c.pem',
      '/b/k.pem',
      '/a',
      '/b',
    ]);
  });

  test('must have each path back, whatever is in it', () => {
    const odd = { chain: '/etc/100% $HOME/"a b".pem', key: '/etc/%h/k.pem' };
    expect(pathsIn(textsFor(odd)[units.path] ?? '')).toEqual(watchedPaths(odd));
  });

  test('must start the reload', () => {
    expect(commandOfUnit(textsFor(files)[units.service] ?? '')).toEqual(words);
  });
});

describe('status, of units that watch a certificate,', () => {
  const paths = watchedPaths(files);
  const works: Watch = { units: units.starters, idle: [], paths, command: words, missing: [] };
  const judge = (watch: Partial<Watch> | undefined, wanted: readonly string[] | undefined = paths) =>
    judgeWatch(watch && { ...works, ...watch }, '/opt/matrix', wanted).map(({ verdict }) => verdict);

  test.each<[string, Partial<Watch> | undefined, string[]]>([
    ['that work must find nothing', {}, []],
    ['that were never made must find nothing, since a hook may do the same', undefined, []],
    ['of another deployment must find nothing', { command: ['a', 'b', '--dir', '/srv/other'] }, []],
    ['that start what is gone must find a problem', { missing: ['/usr/bin/node'] }, ['failed']],
    ['that do not run must find a problem', { idle: ['x.path is enabled, and failed'] }, ['failed']],
    ['that watch other files must find a problem', { paths: ['/etc/old.pem'] }, ['failed']],
  ])('%s', (_title, watch, verdicts) => {
    expect(judge(watch)).toEqual(verdicts);
  });

  test('must warn where no file is served any more', () => {
    expect(judgeWatch(works, '/opt/matrix', undefined)).toMatchObject([{ verdict: 'warning' }]);
  });
});

const analyze = (...args: string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8' });
const systemd = '/usr/lib/systemd/systemd';

describe.skipIf(analyze('--version').status !== 0)('systemd itself', () => {
  test('must find nothing wrong with the units', async () => {
    const directory = await temporaryDirectory();
    const texts = textsFor(files, [process.execPath, '/usr/bin/matrix-deploy']);
    for (const [name, text] of Object.entries(texts)) await writeFile(join(directory, name), text);
    const paths = Object.keys(texts).map((name) => join(directory, name));
    const { status, stderr } = analyze('verify', '--man=no', ...paths);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

/** Starts systemd as a user's, in namespaces of its own: with the units in `$1` beside its own, and its sockets in `$2`. */
const script = `
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system
export XDG_RUNTIME_DIR="$2" HOME="$2" SYSTEMD_UNIT_PATH="$1:" SYSTEMD_LOG_TARGET=console
# As a child: as the first process, it would be the system's.
${systemd} --user; exit`;

/**
 * Starts a systemd with units, whose command writes a letter into a file.
 *
 * @returns how many letters are in it
 */
async function startSystemd(directory: string): Promise<() => Promise<number>> {
  const ran = join(directory, 'ran');
  const watched = { chain: join(directory, 'live/chain'), key: join(directory, 'live/key') };
  const texts = {
    ...textsFor(watched, ['/bin/sh', '-c', `printf x >>${ran}`]),
    'default.target': `[Unit]\nWants=${units.path}\n`,
  };
  await mkdir(join(directory, 'units'));
  for (const [name, text] of Object.entries(texts)) await writeFile(join(directory, 'units', name), text);
  const argv = ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', script, 'sh'];
  const manager = spawn('unshare', [...argv, join(directory, 'units'), directory], { stdio: 'ignore' });
  onTestFinished(() => void manager.kill('SIGKILL'));
  return async () => (await readFile(ran, 'utf8').catch(() => '')).length;
}

/** Waits up to five seconds. */
async function soon(isSo: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + 5000;
  while (!(await isSo())) {
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

describe.skipIf(process.getuid?.() !== 0 || !existsSync(systemd))('systemd at work', () => {
  test('must start the command at each way to replace a file', { timeout: 30_000 }, async ({ skip }) => {
    const directory = await temporaryDirectory();
    const write = (name: string, text: string) => writeFile(join(directory, name), text);
    /** Makes a link lead elsewhere, as certbot does. */
    const lead = async (name: string, target: string) => {
      await write(`archive/${target}`, target);
      await symlink(`../archive/${target}`, join(directory, 'live/new'));
      await rename(join(directory, 'live/new'), join(directory, 'live', name));
    };
    for (const name of ['live', 'archive']) await mkdir(join(directory, name));
    await lead('chain', 'chain1');
    await lead('key', 'key1');
    const runs = await startSystemd(directory);
    const isWatching = await soon(async () => {
      await write('live/README', 'x');
      return (await runs()) > 0;
    });
    // Whether a systemd starts here depends on the cgroups of the machine.
    if (!isWatching) return skip();
    const changes: [string, () => Promise<unknown>][] = [
      ['a link is replaced', () => lead('chain', 'chain2')],
      ['so is the other', () => lead('key', 'key2')],
      ['a file behind a link is written', () => write('archive/chain2', 'again')],
      ['a file is removed', () => rm(join(directory, 'live/key'))],
      ['and comes back', () => write('live/key', 'key3')],
    ];
    for (const [title, change] of changes) {
      // While the command runs, it is not started again.
      await new Promise((resolve) => setTimeout(resolve, 200));
      const before = await runs();
      await change();
      expect(await soon(async () => (await runs()) > before), title).toBe(true);
    }
  });
});
