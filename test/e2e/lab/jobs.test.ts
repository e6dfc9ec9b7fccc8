import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { connectEngine } from '../../../src/docker/dockerode-engine.ts';
import type { Engine, MountedJob } from '../../../src/docker/engine.ts';
import { testedImage } from '../../../src/releases/releases.ts';
import { attachLab } from '../../lab/attach.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: [testedImage('restic')] });

function connect(signal?: AbortSignal): Promise<Engine> {
  return host.socket().then((socketPath) => connectEngine({ socketPath, namedBy: undefined }, { signal }));
}

function job(script: string, more: Partial<MountedJob> = {}): MountedJob {
  const user = { uid: 991, gid: 991 };
  const entrypoint = ['/bin/sh', '-c', script];
  const image = testedImage('restic');
  return { project: 'p', image, user, entrypoint, environment: {}, mounts: [], tmpfs: [], ...more };
}

async function followed(script: string, more: Partial<MountedJob> = {}, input?: string | Uint8Array) {
  const engine = await connect();
  const lines: string[] = [];
  const onLine = (text: string, stream: string) => void lines.push(`${stream}: ${text}`);
  const session = input === undefined ? { onLine } : { input, onLine };
  return { ...(await engine.follow(job(script, more), session)), lines };
}

const left = () => host.run(['docker', 'ps', '--all', '--quiet']);

describe('a one-off container', () => {
  it('must be heard while it runs', async () => {
    await host.run(['install', '-d', '-o', '991', '-g', '991', '/srv/shared']);
    const engine = await connect();
    const script = 'echo begun; while ! [ -e /shared/heard ]; do :; done; echo ended';
    const mounts = [{ source: '/srv/shared', target: '/shared', writable: true }];
    const heard: string[] = [];
    const { exitCode } = await engine.follow(job(script, { mounts }), {
      onLine(text) {
        heard.push(text);
        if (text === 'begun') void host.run(['touch', '/srv/shared/heard']);
      },
    });
    expect({ exitCode, heard }).toEqual({ exitCode: 0, heard: ['begun', 'ended'] });
  });

  it('must get all of its input and then its end, and tell how it ended', async () => {
    const input = new Uint8Array(3_000_000).fill(7);
    const { exitCode, lines } = await followed('sha256sum; exit 3', {}, input);
    expect(exitCode).toBe(3);
    expect(lines).toEqual([`stdout: ${createHash('sha256').update(input).digest('hex')}  -`]);
  });

  it('must be heard though it ends without reading its input', async () => {
    const { exitCode, lines } = await followed('echo no >&2; exit 9', {}, new Uint8Array(8_000_000));
    expect({ exitCode, lines }).toEqual({ exitCode: 9, lines: ['stderr: no'] });
  });

  it('must have the groups and the name of a host that it asks for', async () => {
    const { lines } = await followed('id; cat /etc/hostname', { groups: [1234], hostname: 'backup' });
    expect(lines).toEqual([expect.stringMatching(/uid=991 gid=991 groups=.*1234/), 'stdout: backup']);
  });

  it('must not use more memory than its limit', async () => {
    const { exitCode } = await followed('x=x; while :; do x=$x$x; done', { memoryMegabytes: 16 });
    expect(exitCode).toBe(137);
  });

  it('must be gone after an interrupt, at once', async () => {
    const interrupt = new AbortController();
    const engine = await connect(interrupt.signal);
    const onLine = () => interrupt.abort();
    await expect(engine.follow(job('echo; while :; do :; done'), { onLine })).rejects.toMatchObject({
      exitCode: 130,
    });
    expect(await left()).toBe('');
  });

  it('must tell what its image cannot run', async () => {
    const { exitCode, lines } = await followed('', { entrypoint: ['/no/such'] });
    expect(exitCode).toBe(127);
    expect(lines.join()).toContain('/no/such');
    expect(await left()).toBe('');
  });
});
