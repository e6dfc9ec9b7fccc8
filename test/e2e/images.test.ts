import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import type { Host } from '../lab/host.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const postgres = testedImage('postgres');

beforeAll(async () => {
  for (const image of stackImages) await lab.registry.serve(image);
});

it('must get its images from their registry, and run exactly those, with the oldest engine', async () => {
  const host = await lab.host('old', { engine: '20.10' });
  const deployment = new Deployment(host);
  await deployment.init();
  await expectLocked(deployment);
  await host.remove();
});

describe('a registry that fails', () => {
  let host: Host;

  beforeAll(async () => {
    host = await lab.host('alpha', { diskBytes: 3e9 });
  });

  afterEach(async () => {
    await lab.registry.heal();
    await lab.registry.restore();
    await host.run(['rm', '--force', '/fill']);
  });

  it.each([
    [
      'knows no such tag',
      () => lab.registry.fail(postgres, 'missing-tag'),
      /manifest.*unknown|not found/,
      [postgres],
    ],
    [
      'asks for patience',
      () => lab.registry.fail(postgres, 'too-many-requests'),
      /toomanyrequests/,
      [postgres],
    ],
    // Before it has ever sent the right one: the engine keeps that for a while, and does not ask again.
    ['sends something else than it is locked to', sendWrongManifest, /digest/, [postgres]],
    [
      'sends something else',
      () => lab.registry.fail(postgres, 'wrong-layer'),
      /verif|digest|checksum/,
      [postgres],
    ],
    // All of them are asked for at a time: which is told of is the one that fails first.
    ['is not there', () => lab.registry.cut(), /registry-1\.docker\.io/, stackImages],
    ['has more than fits on the disk', fillDisk, /no space left on device/, stackImages],
  ])('must be told of when it %s, before anything is started or written', async (_, fail, reason, images) => {
    const deployment = new Deployment(host);
    await fail();
    const init = ['init', '--local', '--yes', '--json', '--skip-check', 'disk'];
    const { exitCode, stderr } = await deployment.cli(...init);
    expect(exitCode).toBe(1);
    const { message } = JSON.parse(stderr.slice(stderr.indexOf('{'))).error;
    expect(images.filter((image) => message.includes(image))).toHaveLength(1);
    expect(message).toMatch(reason);
    expect(await host.run(['ls', deployment.directory])).toBe('matrix.yaml\nstate');
    expect(await host.run(['docker', 'ps', '--all', '--quiet'])).toBe('');
  });

  // What the engine is asked to pull by its digest.
  async function sendWrongManifest(): Promise<void> {
    const lock = { [postgres]: await lab.registry.digest(postgres) };
    await host.writeFile(new Deployment(host).path('state/images.json'), JSON.stringify(lock));
    await lab.registry.fail(postgres, 'wrong-digest');
  }

  async function fillDisk(): Promise<void> {
    const script = 'fallocate --length "$(($(stat --file-system --format "%f * %S" /) - 100000000))" /fill';
    await host.run(['bash', '-c', script]);
  }

  describe('and works again', () => {
    let deployment: Deployment;

    beforeAll(async () => {
      deployment = new Deployment(host);
      await deployment.init();
    });

    it('must give the same command what it needs', async () => {
      await expectLocked(deployment);
    });

    it('must not be asked again by apply', async () => {
      await lab.registry.cut();
      expect(await deployment.ask('apply')).toMatchObject({ changes: [] });
    });

    it('must not change what runs by giving a name to another image', async () => {
      const before = await imagesInUse(deployment);
      await lab.registry.repoint(postgres, testedImage('traefik'));
      expect(await deployment.ask('apply')).toMatchObject({ changes: [] });

      await deployment.cli('destroy', '--yes');
      const kept = () => host.run(['docker', 'images', '--quiet', 'postgres']);
      await host.run(['docker', 'image', 'rm', '--force', await kept()]);
      expect(await kept()).toBe('');
      expect(await deployment.cli('apply')).toMatchObject({ exitCode: 0 });

      expect(await imagesInUse(deployment)).toEqual(before);
      await lab.registry.serve(postgres);
    });
  });
});

/** Every container runs its image by the digest that the registry knows it by, and the files say so. */
async function expectLocked(deployment: Deployment): Promise<void> {
  const digests = await Promise.all(
    stackImages.map(async (image) => [image, await lab.registry.digest(image)] as const),
  );
  expect(JSON.parse(await deployment.readFile('state/images.json'))).toEqual(Object.fromEntries(digests));
  const compose = await deployment.readFile('docker-compose.yml');
  const running = Object.values(await imagesInUse(deployment)).map(({ reference }) => reference);
  for (const [image, digest] of digests) {
    expect(compose).toContain(`"${image}@${digest}"`);
    expect(running).toContain(`${image}@${digest}`);
  }
}

/** By service, the image of its container: as it is called, and what it is. */
async function imagesInUse(
  deployment: Deployment,
): Promise<Record<string, { reference: string; id: string }>> {
  const containers = await deployment.containers();
  return Object.fromEntries(
    containers.map(({ Name, Config, Image }) => [Name, { reference: Config.Image, id: Image }]),
  );
}
