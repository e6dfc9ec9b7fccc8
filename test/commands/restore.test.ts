import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { MountedJob } from '../../src/docker/engine.ts';
import { testedImage } from '../../src/releases/releases.ts';
import { temporaryDirectory } from '../fakes/directory.ts';
import { newHost } from '../fakes/host.ts';

// Seconds of work on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

test('restore from an ssh server must write nothing under a name that others can know among temporary files', async () => {
  const { world, run } = await newHost();
  world.registry.set(testedImage('restic'), 'sha256:0d');
  const [given, temporary] = [await temporaryDirectory(), await temporaryDirectory()];
  const file = (name: string) => join(given, name);
  await writeFile(file('victim'), 'mine');
  await writeFile(file('key'), 'an ssh key', { mode: 0o600 });
  await writeFile(file('known_hosts'), 'backup.example.org ssh-ed25519 AAAA\n');
  await symlink(file('victim'), join(temporary, 'passwd-991'));
  vi.stubEnv('TMPDIR', temporary);
  onTestFinished(() => void vi.unstubAllEnvs());
  const jobs: MountedJob[] = [];
  world.engine.follow = async (job) => {
    jobs.push(job);
    return { exitCode: 12 };
  };

  const { stderr } = await run(
    `restore --from sftp://keeper@backup.example.org/srv --credentials-file ${file('key')} --known-hosts ${file('known_hosts')} --key-file - --dir new`,
    { workingDirectory: given, input: 'key' },
  );

  const source = jobs[0]?.mounts.find(({ target }) => target === '/etc/passwd')?.source ?? '';
  expect(source, stderr).toMatch(`${temporary}/matrix-deploy-`);
  expect(await readFile(file('victim'), 'utf8')).toBe('mine');
  expect(await readdir(temporary)).toEqual(['passwd-991']);
});
