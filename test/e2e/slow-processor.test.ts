import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { buildBrokenSynapse } from './support/broken-images.ts';
import { logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages, asPublished: true });
const deployment = new Deployment(host);

/** The cheapest hosts that are sold: a share of a core. */
const share = 0.12;
const patience = { timeoutSeconds: 600 };

/** Runs matrix-deploy to its end, which must be this exit code. @returns what it wrote on stderr */
async function exits(expected: number, ...argv: string[]): Promise<string> {
  const { exitCode, stderr } = await host.exec(deployment.command(...argv), patience);
  expect({ exitCode, stderr: exitCode === expected ? '' : stderr }).toEqual({
    exitCode: expected,
    stderr: '',
  });
  return stderr;
}

describe('on an eighth of a core', { timeout: 1000 * (2 * patience.timeoutSeconds) }, () => {
  beforeAll(() => host.slowDown(share));

  it('init must succeed', async () => {
    const begun = Date.now();
    await exits(0, 'init', '--local', '--yes', '--server-name', deployment.serverName);
    expect(await (await logInAsAdmin(deployment)).isLoggedIn()).toBe(true);
    // Else the processor was not slow, and this proves nothing.
    expect(Date.now() - begun).toBeGreaterThan(40_000);
  });

  it('apply must succeed', async () => {
    await deployment.edit({ synapse: { max_upload_size: '60M' } });
    await exits(0, 'apply');
    await exits(0, 'plan', '--exit-code');
  });

  it('a Synapse that hangs must be given up all the same', async () => {
    await host.slowDown();
    const image = await buildBrokenSynapse(host, 'hanging', 'import time\ntime.sleep(3600)\n');
    await deployment.edit({ synapse: { image } });
    // Slow enough that what is slow and what hangs could be confused.
    await host.slowDown(2 * share);
    // An upgrade, which tries both images before.
    expect(await exits(5, 'apply', '--no-backup')).toContain('logged nothing');
    expect((await deployment.container('synapse')).Config.Image).toContain(testedImage('synapse'));
  });
});
