import { beforeAll, describe, expect, it } from 'vitest';
import { publishedPaths } from '../../src/package.ts';
import { builtIn, testedImage } from '../../src/releases/releases.ts';
import { newSigner } from '../fakes/minisign.ts';
import { attachLab } from '../lab/attach.ts';
import { checkout } from '../lab/machine.ts';
import { Deployment } from './support/deployment.ts';
import { type FileServer, openFileServer } from './support/file-server.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
// A copy of the package that trusts a key of our own.
const deployment = new Deployment(host, { program: '/srv/program' });
const signer = newSigner();
const name = 'releases.example';
const address = `https://${name}/releases.json`;
const newer = { ...builtIn, serial: builtIn.serial + 1 };
let server: FileServer;

/** Publishes a document, with a signature that may be of another text. */
async function publish(document: object | string, signed = document): Promise<void> {
  const text = (value: object | string) => (typeof value === 'string' ? value : JSON.stringify(value));
  const file = `${server.directory}/releases.json`;
  await server.machine.writeFile(file, text(document));
  await server.machine.writeFile(`${file}.minisig`, signer.sign(text(signed), 'from the lab'));
}

interface Check {
  isDue: boolean;
  parts: {
    part: string;
    unfit: string | null;
    newer: { tag: string }[];
    digests: Record<string, string>;
    trouble: string | null;
  }[];
}

async function check(exitCode: number): Promise<Check> {
  return JSON.parse((await deployment.exits(exitCode, 'upgrade', '--check', '--json')).stdout);
}

beforeAll(async () => {
  server = await openFileServer(lab, 'web', name);
  await server.vouchTo(host);
  await host.run(['mkdir', '/srv/program']);
  await host.run([
    'cp',
    '-r',
    ...publishedPaths().map((path) => `${checkout.onMachines}/${path}`),
    '/srv/program',
  ]);
  await host.writeFile('/srv/program/keys/releases.pub', signer.publicKey);
  await deployment.init();
});

describe('upgrade --check', () => {
  beforeAll(async () => {
    for (const image of stackImages) await lab.registry.serve(image);
  });

  it('must say that nothing is due, with the digests of what runs, and pull nothing', async () => {
    const format = '{{.Repository}}:{{.Tag}} {{.Digest}} {{.ID}}';
    const list = async () =>
      (await host.run(['docker', 'images', '--digests', '--format', format])).split('\n').sort();
    const images = await list();
    const { isDue, parts } = await check(0);
    expect(isDue).toBe(false);
    for (const { part, trouble, digests } of parts) {
      const image = testedImage(part as 'synapse');
      // The registry may have another major release, from a scenario before.
      expect({ trouble, digests }).toMatchObject({
        trouble: null,
        digests: { [image.split(':')[1] ?? '']: await lab.registry.digest(image) },
      });
    }
    expect(await list()).toEqual(images);
  });

  it('must name a newer version that was not tested', async () => {
    await lab.registry.repoint('traefik:v3.99.0', testedImage('traefik'));
    const { parts } = await check(0);
    expect(parts.find(({ part }) => part === 'traefik')?.newer).toMatchObject([{ tag: 'v3.99.0' }]);
  });

  it('must say so, and end with 1, where a registry asks for patience', async () => {
    await lab.registry.fail(testedImage('postgres'), 'too-many-requests');
    const limited = (await check(1)).parts.map(({ trouble }) => trouble);
    await lab.registry.heal();
    expect(limited.join()).toContain('rate limit');
  });
});

describe('releases update', () => {
  it.each<[string, object | string, object | string, string]>([
    ['was changed', { ...newer, serial: 99 }, newer, 'releases.signature'],
    ['is too long', ' '.repeat(2 ** 20 + 1), newer, 'download.failed'],
  ])('must refuse a document that %s, and keep what there was', async (_, document, signed, code) => {
    await publish(document, signed);
    const { stderr } = await deployment.exits(1, 'releases', 'update', '--from', address, '--json');
    expect(JSON.parse(stderr.slice(stderr.indexOf('{'))).error.code).toBe(code);
    expect(await deployment.ask('releases', 'show')).toMatchObject({ source: 'built-in' });
  });

  it('must be refused by a program that does not know the key', async () => {
    await publish(newer);
    const other = new Deployment(host);
    await other.exits(1, 'releases', 'update', '--from', address);
  });

  it('must take a newer document, after which status and upgrade --check go by it', async () => {
    expect(await deployment.ask('status')).toMatchObject({ healthy: true });
    const floor = { version: 'v1.999.0', reason: 'All before it are unsafe.' };
    await publish({ ...newer, floors: { ...newer.floors, synapse: floor } });
    expect(await deployment.ask('releases', 'update', '--from', address)).toMatchObject({
      changed: true,
      comment: 'from the lab',
    });

    const { stdout } = await deployment.exits(8, 'status', '--json');
    expect(JSON.parse(stdout).findings).toContainEqual(
      expect.objectContaining({ about: 'version', verdict: 'failed' }),
    );
    const { parts } = await check(6);
    expect(parts[0]).toMatchObject({ part: 'synapse', unfit: expect.stringContaining('unsafe') });
  });

  it('must refuse an older document from then on', async () => {
    await publish(builtIn);
    const { stderr } = await deployment.exits(1, 'releases', 'update', '--from', address, '--json');
    expect(JSON.parse(stderr.slice(stderr.indexOf('{'))).error.code).toBe('releases.serial');
  });
});
