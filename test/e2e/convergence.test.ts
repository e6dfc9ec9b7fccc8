import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { Deployment } from './support/deployment.ts';
import { refusedBySynapse } from './support/refused-settings.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const deployment = new Deployment(await lab.host('alpha', { images: stackImages }));

beforeAll(async () => {
  await deployment.init();
});

interface PlanAnswer {
  changes: { kind: string; resource: string; cause: string; change?: string }[];
}

describe('an edit of matrix.yaml', () => {
  it('must be explained by the plan, which changes nothing', async () => {
    await deployment.edit({ synapse: { max_upload_size: '80M' } });
    const before = await deployment.snapshot();
    const { changes } = await deployment.ask<PlanAnswer>('plan');
    expect(changes).toContainEqual(
      expect.objectContaining({
        kind: 'start-service',
        change: 'recreate',
        resource: 'service synapse',
        cause: expect.stringContaining('max_upload_size'),
      }),
    );
    expect(await deployment.snapshot()).toEqual(before);
  });

  it.each([
    ['synapse', 'max_upload_size', '80M'],
    ['synapse', 'log_level', 'WARNING'],
    ['postgres', 'memory', '900m'],
    ['traefik', 'memory', '200m'],
  ])('must recreate %s alone when it is about its %s', async (service, setting, value) => {
    const before = await deployment.containerIds();
    await deployment.edit({ [service]: { [setting]: value } });
    await deployment.exits(0, 'apply');
    const after = await deployment.containerIds();
    expect(recreated(before, after)).toEqual([service]);
    expect(await deployment.ask('status')).toMatchObject({ healthy: true, pendingChanges: 0 });
  });
});

describe('a setting that Synapse refuses', () => {
  afterAll(() => deployment.edit({ synapse: { overrides: {} } }));

  it('must stop apply before anything is touched', async () => {
    await deployment.edit({ synapse: { overrides: refusedBySynapse } });
    const before = await deployment.snapshot();
    await deployment.exits(3, 'apply');
    expect(await deployment.snapshot()).toEqual(before);
  });
});

describe('a rendered file that was edited by hand', () => {
  const file = 'synapse/homeserver.yaml';

  beforeAll(async () => {
    await deployment.writeFile(
      file,
      `${await deployment.readFile(file)}require_membership_for_aliases: true\n`,
    );
  });

  it('must not be overwritten by apply', async () => {
    const before = await deployment.snapshot();
    await deployment.exits(1, 'apply');
    expect(await deployment.snapshot()).toEqual(before);
  });

  it('must be overwritten by apply --overwrite-edits', async () => {
    await deployment.exits(0, 'apply', '--overwrite-edits');
    expect(await deployment.readFile(file)).not.toContain('require_membership_for_aliases');
    await deployment.exits(0, 'plan', '--exit-code');
  });
});

describe('the state files', () => {
  it.each([
    ['lost', 'rm -f'],
    ['garbled', 'truncate --size 7'],
    ['of another', 'cp /etc/hostname'],
  ])('must not be needed: apply recreates nothing when they are %s', async (_, damage) => {
    const before = await deployment.containerIds();
    await deployment.host.run(['sh', '-c', `for file in state/*.json; do ${damage} "$file"; done`], {
      cwd: deployment.directory,
    });
    await deployment.exits(0, 'apply');
    expect(await deployment.containerIds()).toEqual(before);
  });
});

describe('a container that is stopped', () => {
  it('must be found by status, and started by apply', async () => {
    const before = await deployment.containerIds();
    await deployment.host.run(['docker', 'stop', before.traefik ?? '']);
    await deployment.exits(8, 'status');
    await deployment.exits(0, 'apply');
    expect(await deployment.containerIds()).toEqual(before);
    await deployment.exits(0, 'status');
  });
});

describe('a service that has crashed, and that the engine starts again', () => {
  it('must be healthy when apply has ended, although nothing was to change', async () => {
    const { State } = await deployment.container('synapse');
    await deployment.host.run(['kill', '-9', String(State.Pid)]);
    await waitUntil('the engine starts it again', async () => {
      const now = (await deployment.container('synapse')).State;
      return now.Running && now.Pid !== State.Pid;
    });
    await deployment.exits(0, 'apply');
    await deployment.exits(0, 'users', 'list');
  });
});

/** The services whose container is another one now. */
function recreated(before: Record<string, string>, after: Record<string, string>): string[] {
  return Object.keys(after).filter((service) => after[service] !== before[service]);
}
