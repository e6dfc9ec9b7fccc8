import { describe, expect, test, vi } from 'vitest';
import { next, upgradableHost } from '../fakes/upgradable.ts';
import type { FakeWorld } from '../fakes/world.ts';

// Seconds of work each on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const upgrade = `upgrade --yes --no-backup --synapse ${next}`;
const letIn = 'connect synapse to matrix-localhost_web as synapse';

/** What the network by which requests come has to do with the trial, in order. */
const admission = ({ log }: FakeWorld) =>
  log
    .filter((line) => line === letIn || line === 'use synapse inside')
    .filter((line, index, all) => line !== all[index - 1]);

/** Something that keeps the server from working, from when the new version is let in until Synapse is stopped. */
function troubleOnceLetIn({ world, databases }: Awaited<ReturnType<typeof upgradableHost>>, events: number) {
  const { joinNetwork, stop } = world.engine;
  world.engine.joinNetwork = async (...asked) => {
    await joinNetwork(...asked);
    const database = databases.get('synapse');
    if (database?.schema !== 95) return;
    database.events += events;
    world.isDiskFull = true;
  };
  world.engine.stop = async (...asked) => {
    world.isDiskFull = false;
    await stop(...asked);
  };
}

describe('an upgrade for which a copy of the database is the way back', () => {
  test('must let the new version in after it was used, and keep the copy', async () => {
    const { run, read, world, databases } = await upgradableHost();
    const { exitCode, stderr } = await run(upgrade);
    expect(exitCode, stderr).toBe(0);
    expect(admission(world)).toEqual(['use synapse inside', letIn]);
    expect(JSON.parse(await read('state/pending-upgrade.json'))).toMatchObject({
      phase: 'switched',
      admitted: true,
    });
    expect([...databases.values()].map(({ schema }) => schema).sort()).toEqual([94, 95]);
  });

  test('must try the new version again, with the same copy, where a run was killed before it was let in', async () => {
    const { run, read, write, world, databases } = await upgradableHost();
    await run(upgrade);
    const copy = [...databases].find(([name]) => name !== 'synapse');
    const { switchedAt: _, ...pending } = JSON.parse(await read('state/pending-upgrade.json'));
    await write(
      'state/pending-upgrade.json',
      JSON.stringify({ ...pending, phase: 'switching', admitted: false }),
    );
    const id = [...world.containers.values()].find(({ service }) => service === 'synapse')?.id ?? '';
    await world.engine.leaveNetwork('matrix-localhost_web', id);
    world.log.length = 0;
    const { exitCode, stderr } = await run('upgrade --yes');
    expect(exitCode, stderr).toBe(0);
    expect(admission(world)).toEqual(['use synapse inside', letIn]);
    expect(world.containers.has(id)).toBe(false);
    expect([...databases].find(([name]) => name !== 'synapse')).toEqual(copy);
  });

  test('must be taken back without anybody having been let in, where it works only in part', async () => {
    const { run, read, world, databases } = await upgradableHost();
    const before = await read('matrix.yaml');
    const { start } = world.engine;
    world.engine.start = async (id) => {
      world.homeserver.usage.takesFiles = !world.containers.get(id)?.image.includes(next);
      await start(id);
    };
    const { exitCode, stderr } = await run(upgrade);
    expect(exitCode, stderr).toBe(5);
    expect(stderr).toContain('takes a file');
    // The one that is let in is the one of before.
    expect(admission(world)).toEqual(['use synapse inside', letIn]);
    expect([...databases]).toMatchObject([['synapse', { schema: 94, events: 5 }]]);
    expect(await read('matrix.yaml')).toBe(before);
    expect((await run('plan --exit-code')).exitCode).toBe(0);
  });

  test('must stay, and say what going back would lose, where it fails after it was used', async () => {
    const host = await upgradableHost();
    const { run, read, world, databases } = host;
    troubleOnceLetIn(host, 3);
    const { exitCode, stderr } = await run(upgrade);
    expect(exitCode, stderr).toBe(5);
    expect(stderr).toContain('3 events');
    expect(databases.get('synapse')).toMatchObject({ schema: 95, events: 8 });
    expect(await read('matrix.yaml')).toContain(next);
    expect((await run('status')).stdout).toContain('an upgraded version is running');
    expect((await run('history --json')).stdout).toContain('"unproved"');
    world.isDiskFull = false;
    const again = await run('upgrade --yes');
    expect(again.exitCode, again.stderr).toBe(0);
    expect(JSON.parse(await read('state/pending-upgrade.json'))).toMatchObject({ phase: 'switched' });
    const rolledBack = await run('rollback --yes --json');
    expect(rolledBack.exitCode, rolledBack.stderr).toBe(0);
    expect(JSON.parse(rolledBack.stdout).lost).toEqual({ synapse: { events: 3 } });
    expect([...databases]).toMatchObject([['synapse', { schema: 94, events: 5 }]]);
  });

  test('must be taken back where it fails after it was let in, and nothing has come since', async () => {
    const host = await upgradableHost();
    troubleOnceLetIn(host, 0);
    const { exitCode, stderr } = await host.run(upgrade);
    expect(exitCode, stderr).toBe(5);
    expect(stderr).toContain('The previous version serves again.');
    expect([...host.databases]).toMatchObject([['synapse', { schema: 94, events: 5 }]]);
  });
});
