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
