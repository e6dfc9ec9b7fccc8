import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import type { Host } from '../lab/host.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();

// A dollar begins a variable in Compose's grammar, a comma ends an option of a mount, braces begin a template of Traefik's.
const name = `my "server", it's $HOME, {{.}} 100% ä`;

describe('a directory whose name means something to other programs', () => {
  let deployment: Deployment;

  beforeAll(async () => {
    const host = await lab.host('odd', { images: stackImages });
    deployment = new Deployment(host, { directory: `/srv/${name}` });
  });

  it('must get a server that works', async () => {
    await deployment.init();
    await deployment.exits(0, 'status');
    const containers = await deployment.containers();
    const sources = containers.flatMap(({ Mounts }) =>
      Mounts.flatMap(({ Type, Source }) => (Type === 'bind' ? [Source] : [])),
    );
    expect(containers).toHaveLength(3);
    expect(sources.filter((source) => !source.startsWith(`/srv/${name}/`))).toEqual([]);
  });

  it('must take a change, and then have nothing left to do', async () => {
    await deployment.edit({ synapse: { log_level: 'WARNING' } });
    await deployment.exits(0, 'apply');
    const { changes } = await deployment.ask<{ changes: unknown[] }>('apply');
    expect(changes).toEqual([]);
  });

  it('must be given up without a trace', async () => {
    await deployment.exits(0, 'destroy', '--delete-data', '--confirm', 'localhost');
    expect(await deployment.host.run(['ls', '-A', '/srv'])).toBe('');
  });
});

describe('a name that no program can be told', () => {
  let host: Host;

  beforeAll(async () => {
    host = await lab.host('odd-name', { images: stackImages });
  });

  it.each(['/srv/a\nb', '/srv/a:b'])('must be refused before anything is written: %j', async (directory) => {
    await new Deployment(host, { directory }).exits(2, 'init', '--local', '--yes');
    expect(await host.run(['ls', '-A', '/srv'])).toBe('');
  });
});
