import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { attachLab } from '../../lab/attach.ts';
import { waitUntil } from '../../lab/command.ts';
import { Lab } from '../../lab/lab.ts';
import { removeOrphans } from '../../lab/ownership.ts';
import { tracesOf } from './traces.ts';

const shared = await attachLab();

const tsx = ['--import', 'tsx'];
const cli = [...tsx, join(import.meta.dirname, '../../lab/cli.ts')];

async function startOwner(): Promise<{ owner: ChildProcess; directory: string }> {
  const owner = spawn(process.execPath, [...tsx, fileURLToPath(new URL('lab-owner.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const [directory] = await once(createInterface(owner.stdout), 'line', {
    signal: AbortSignal.timeout(60_000),
  });
  return { owner, directory };
}

async function expectNoTraces(directory: string): Promise<void> {
  await waitUntil('the end of the lab', async () => (await tracesOf(directory)).length === 0, {
    seconds: 90,
  }).catch(() => {});
  expect(await tracesOf(directory)).toEqual([]);
}

describe('two labs', () => {
  it('must not meet, though they use the same names and addresses', async () => {
    const mine = await shared.host('alpha', { names: ['same.example'] });
    const other = await Lab.open();
    try {
      await other.dns.set('same.example', 'A', '10.88.0.99');
      const theirs = await other.host(mine.name);
      expect(await mine.run(['getent', 'hosts', 'same.example'])).toContain(mine.address);
      expect(await theirs.run(['getent', 'hosts', 'same.example'])).toContain('10.88.0.99');
      await theirs.writeFile('/opt/theirs', '');
      expect(await mine.exists('/opt/theirs')).toBe(false);
    } finally {
      await other.close();
    }
    expect(await tracesOf(other.directory)).toEqual([]);
    expect(await mine.run(['hostname'])).toBe('alpha');
  });
});

describe('a lab', () => {
  it.each(['SIGINT', 'SIGKILL'] as const)(
    'must leave nothing behind when its process ends by %s',
    async (signal) => {
      const { owner, directory } = await startOwner();
      const kinds = new Set((await tracesOf(directory)).map((trace) => trace.split(' ')[0]));
      expect(kinds).toEqual(new Set(['directory', 'namespace', 'loop', 'mount', 'cgroup', 'process']));
      owner.kill(signal);
      await once(owner, 'exit');
      await expectNoTraces(directory);
    },
  );

  it('must be removed by the next ones when its guard was killed too, also by several at once', async () => {
    const { owner, directory } = await startOwner();
    const guards = (await execa('pgrep', ['--full', `guard ${directory}`])).stdout.split('\n');
    for (const pid of [...guards.map(Number), owner.pid ?? 0]) process.kill(pid, 'SIGKILL');
    await once(owner, 'exit');
    await Promise.all([removeOrphans(), removeOrphans(), removeOrphans()]);
    expect(await tracesOf(directory)).toEqual([]);
  });

  it('must be usable by hand', async () => {
    const up = await execa(process.execPath, [...cli, 'up', 'alpha']);
    const name = /^lab\w+/.exec(up.stdout)?.[0] ?? '';
    const { stdout } = await execa(process.execPath, [...cli, 'shell', 'alpha', '--lab', name], {
      input: 'hostname; exit 3\n',
      reject: false,
    });
    expect(stdout).toContain('alpha');
    expect((await execa(process.execPath, [...cli, 'status'])).stdout).toContain(name);
    await execa(process.execPath, [...cli, 'down', name]);
    await expectNoTraces(join(shared.directory, '..', name));
    expect(basename(shared.directory)).not.toBe(name);
  });
});
