import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages, asPublished: true });
const deployment = new Deployment(host);
const cache = deployment.path('cache/synapse');

/** The image that the byte code is of; `undefined` while there is none that is whole. */
async function imageOfByteCode(): Promise<string | undefined> {
  const { stdout, exitCode } = await host.exec(['head', '-n', '1', `${cache}/index`]);
  return exitCode === 0 ? stdout.trim() : undefined;
}

function byteCodeIsWritten(): Promise<void> {
  return waitUntil('byte code', async () => (await imageOfByteCode()) !== undefined, { seconds: 60 });
}

/** Restarts the homeserver as the engine does after a power cut, and waits until it works. @returns whether it uses byte code */
async function restarted(): Promise<boolean> {
  await host.run(['docker', 'restart', (await deployment.container('synapse')).Id]);
  await waitUntil('a healthy server', async () => (await deployment.cli('status')).exitCode === 0, {
    seconds: 60,
  });
  const { State } = await deployment.container('synapse');
  return (await host.readFile(`/proc/${State.Pid}/environ`)).includes('PYTHONPYCACHEPREFIX=/pyc');
}

async function imageId(image: string): Promise<string> {
  return (await host.run(['docker', 'image', 'inspect', '--format', '{{.Id}}', image])).trim();
}

beforeAll(async () => {
  await deployment.init();
});

describe('byte code', () => {
  it('must be written after init, which has nothing left to do then', async () => {
    await deployment.exits(0, 'plan', '--exit-code');
    await byteCodeIsWritten();
    expect(await imageOfByteCode()).toBe(await imageId(testedImage('synapse')));
    await deployment.exits(0, 'plan', '--exit-code');
  });

  it('must be used when the engine starts the homeserver again', async () => {
    expect(await restarted()).toBe(true);
  });

  it('must be out of reach for the user of the homeserver, in its container and on the host', async () => {
    const { Id } = await deployment.container('synapse');
    const inside = await host.exec(['docker', 'exec', Id, 'touch', '/pyc/index']);
    expect(inside).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Read-only file system') });
    const user = ['setpriv', '--reuid=991', '--regid=991', '--clear-groups'];
    const outside = await host.exec([...user, 'touch', `${cache}/index`]);
    expect(outside).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Permission denied') });
  });

  it.each([
    ['is damaged', 'truncate -s 500 $(find . -name "homeserver*.pyc" | head -n 1)'],
    ['holds what nobody wrote there', 'mkdir -p usr && echo "print(666)" >usr/foreign.pyc'],
    ['is not written to its end', 'rm index'],
  ])('must not be used when it %s, and hurt nobody', async (_, damage) => {
    await host.run(['cp', '-a', cache, '/srv/whole']);
    await host.run(['sh', '-c', damage], { cwd: cache });
    expect(await restarted()).toBe(false);
    // The container sees the directory that it was started with.
    await host.run([
      'sh',
      '-c',
      'find "$0" -mindepth 1 -delete && cp -a /srv/whole/. "$0" && rm -r /srv/whole',
      cache,
    ]);
  });

  it('must be written again by the next apply when all of it is lost, and the homeserver start without', async () => {
    await host.run(['rm', '-rf', deployment.path('cache')]);
    expect(await restarted()).toBe(false);
    await deployment.exits(0, 'apply');
    expect(await imageOfByteCode()).toBe(await imageId(testedImage('synapse')));
    expect(await restarted()).toBe(true);
  });

  it('must be that of the image that runs, and none of the one before', async () => {
    await host.run(['touch', `${cache}/of-the-old-image.pyc`]);
    await host.run(['docker', 'create', '--name', 'other', testedImage('synapse')]);
    await host.run(['docker', 'commit', '--change', 'LABEL other=1', 'other', 'other/synapse:1']);
    await deployment.edit({ synapse: { image: 'other/synapse:1' } });
    await deployment.exits(0, 'apply', '--no-backup');
    expect(await imageOfByteCode()).toBe(await imageId('other/synapse:1'));
    expect((await host.exec(['test', '-e', `${cache}/of-the-old-image.pyc`])).exitCode).toBe(1);
    expect(await restarted()).toBe(true);
  });

  it('must go with everything else', async () => {
    await deployment.exits(0, 'destroy', '--delete-data', '--confirm', deployment.serverName);
    expect((await host.exec(['test', '-e', deployment.directory])).exitCode).toBe(1);
  });
});
