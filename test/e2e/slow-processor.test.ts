import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { buildBrokenSynapse } from './support/broken-images.ts';
import { logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const deployment = new Deployment(host);

/** The cheapest hosts that are sold: a share of a core. */
const share = 0.12;

describe('on an eighth of a core', () => {
  beforeAll(() => host.slowDown(share));

  it('init must succeed', async () => {
    const begun = Date.now();
    await deployment.init();
    expect(await (await logInAsAdmin(deployment)).isLoggedIn()).toBe(true);
    // Else the processor was not slow, and this proves nothing.
    expect(Date.now() - begun).toBeGreaterThan(40_000);
  });

  it('apply must succeed', async () => {
    await deployment.edit({ synapse: { max_upload_size: '60M' } });
    await deployment.exits(0, 'apply');
    await deployment.exits(0, 'plan', '--exit-code');
  });

  it('a Synapse that hangs must be given up all the same', async () => {
    await host.slowDown();
    const image = await buildBrokenSynapse(host, 'hanging', 'import time\ntime.sleep(3600)\n');
    await deployment.edit({ synapse: { image } });
    // Slow enough that what is slow and what hangs could be confused.
    await host.slowDown(2 * share);
    const { stderr } = await deployment.exits(5, 'apply', '--no-backup');
    expect(stderr).toContain('logged nothing');
    expect((await deployment.container('synapse')).Config.Image).toContain(testedImage('synapse'));
  });
});
