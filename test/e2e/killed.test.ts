import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { deaths } from './support/deaths.ts';
import { Deployment, serviceOf } from './support/deployment.ts';
import { initPublicly } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';
import { identityOf, untilThreeAreLeft } from './support/survivors.ts';

const lab = await attachLab();
const local = new Deployment(await lab.host('alpha', { images: stackImages }));
const names = ['beta.test', 'matrix.beta.test'];
// Without images: pulling them is among what it can die of.
const open = new Deployment(await lab.host('beta', { names }), { serverName: 'beta.test' });

beforeAll(async () => {
  for (const image of stackImages) await lab.registry.serve(image);
});

/** Some eighty runs of a command, one after the other. */
const timeout = 900_000;

describe('init that dies before each of its effects in turn', { timeout }, () => {
  // What one server has survived, the other does in the same way.
  const survived: string[] = [];

  it.each([
    ['a local', local, ['init', '--local', '--yes']],
    ['a public', open, initPublicly(open)],
  ])(
    'must lose nothing of %s server, and be finished by the same command',
    async (_, deployment, command) => {
      let planned: string[] = [];
      let kept = await identityOf(deployment);
      for await (const effect of deaths(deployment, command, { known: survived })) {
        survived.push(effect);
        if (planned.length === 0) planned = await plannedResources(deployment);
        const now = await identityOf(deployment);
        expect(now, `after death before ${effect}`).toMatchObject(kept);
        kept = now;
      }

      await deployment.exits(0, 'status');
      expect(await identityOf(deployment)).toEqual(kept);
      expect((await deployment.containers()).map(serviceOf).sort()).toEqual([
        'postgres',
        'synapse',
        'traefik',
      ]);
      await untilThreeAreLeft(deployment);
      // Nothing that the plan had to do was left out.
      expect(planned.length).toBeGreaterThan(20);
      for (const resource of planned) expect(survived.join('\n')).toContain(resource.split(' ').at(-1));
    },
  );
});

describe('apply that dies before each of its effects in turn', { timeout }, () => {
  it('must lose nothing of a server whose every service it changes, and be finished by the same command', async () => {
    await local.edit({
      postgres: { memory: '900m' },
      synapse: { max_upload_size: '60M' },
      traefik: { memory: '200m' },
    });
    const before = await identityOf(local);
    const survived: string[] = [];
    for await (const effect of deaths(local, ['apply'])) {
      survived.push(effect);
      expect(await identityOf(local), `after death before ${effect}`).toEqual(before);
    }

    expect(survived.length).toBeGreaterThan(5);
    await local.exits(0, 'status');
    await local.exits(0, 'plan', '--exit-code');
    await untilThreeAreLeft(local);
  });
});

/** What a fresh plan is about; empty as long as there is no configuration. */
async function plannedResources(deployment: Deployment): Promise<string[]> {
  const { exitCode, stdout } = await deployment.cli('plan', '--json');
  if (exitCode !== 0) return [];
  return JSON.parse(stdout).changes.map(({ resource }: { resource: string }) => resource);
}
