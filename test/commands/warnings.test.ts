import { expect, test, vi } from 'vitest';
import { installedHost } from '../fakes/host.ts';

vi.setConfig({ testTimeout: 60_000 });

const setting = 'synapse.overrides.redis.enabled';

test('what will not work must be told by plan and apply, and stop neither', async () => {
  const { run, configure } = await installedHost();
  await configure('  overrides: {}', '  overrides: { redis: { enabled: true } }');
  expect((await run('plan')).stdout).toContain(`warning: ${setting} asks for a Redis`);
  for (const command of ['plan --json', 'apply --json']) {
    const { exitCode, stdout, stderr } = await run(command);
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(stdout).warnings).toMatchObject([{ setting }]);
  }
});

test('what will be lost must be told before, by each command that brings it about, and then no more', async () => {
  const { run, configure } = await installedHost();
  const warned = async (command: string) => {
    const { exitCode, stdout, stderr } = await run(command);
    expect(exitCode, stderr).toBe(0);
    return JSON.parse(stdout).warnings.map((warning: { setting: string }) => warning.setting);
  };
  const keep = '{ messages: 30d, local_media: 30d }';
  const losses = ['synapse.retention.messages', 'synapse.retention.local_media'];
  await configure('  overrides: {}', `  retention: ${keep}\n  overrides: {}`);
  expect((await run('plan')).stdout).toContain(`warning: ${losses[0]} permanently deletes`);
  expect(await warned('plan --json')).toEqual(losses);
  expect(await warned('init --local --yes --no-start --json')).toEqual(losses);
  expect(await warned('apply --json')).toEqual(losses);
  expect(await warned('plan --json')).toEqual([]);
});
