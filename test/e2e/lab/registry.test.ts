import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../../src/releases/releases.ts';
import { attachLab } from '../../lab/attach.ts';
import { engineVersions } from '../../lab/host.ts';

const image = testedImage('traefik');
const lab = await attachLab();
const host = await lab.host('alpha');

const pull = (name = image) => host.exec(['docker', 'pull', '--quiet', name], { timeoutSeconds: 120 });

describe('the registry', () => {
  beforeAll(async () => {
    await lab.registry.serve(image);
  });

  afterEach(async () => {
    await lab.registry.heal();
  });

  // The faults come first: an engine that knows an image asks less.
  it.each([
    ['missing-tag', 'manifest unknown'],
    ['too-many-requests', 'toomanyrequests'],
    ['wrong-layer', 'verification failed'],
  ] as const)('must fail by %s when it is made to', async (fault, message) => {
    await lab.registry.fail(image, fault);
    expect(await pull()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(message) });
  });

  it('must fail by wrong-digest when it is made to', async () => {
    const byDigest = `${image.split(':')[0]}@${await lab.registry.digest(image)}`;
    await lab.registry.fail(image, 'wrong-digest');
    expect(await pull(byDigest)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('digest') });
  });

  it('must be unreachable while its cable is pulled', async () => {
    const ask = ['curl', '--silent', '--fail', '--max-time', '2', 'https://registry-1.docker.io/v2/'];
    await lab.registry.cut();
    expect((await host.exec(ask)).exitCode).not.toBe(0);
    await lab.registry.restore();
    expect((await host.exec(ask)).exitCode).toBe(0);
  });

  it('must know no image that it was not given', async () => {
    expect((await pull('ghcr.io/nobody/nothing:v1')).stderr).toContain('unknown');
  });

  it('must serve an image under its own name, with a digest', async () => {
    expect(await pull()).toMatchObject({ exitCode: 0 });
    expect(await host.run(['docker', 'images', '--digests', '--format', '{{.Digest}}'])).toBe(
      await lab.registry.digest(image),
    );
  });
});

describe('a host that is rented with an image', () => {
  it.each(engineVersions)('must run it on engine %s from the start', async (engine) => {
    const rented = await lab.host(`e${engine.replace('.', '-')}`, { engine, images: [image] });
    expect(await rented.run(['docker', 'version', '--format', '{{.Server.Version}}'])).toContain(engine);
    expect(await rented.run(['docker', 'run', '--rm', image, 'version'])).toContain('3.7');
  });

  it('must have it as if it had pulled it, and be able to lose it', async () => {
    const beta = await lab.host('beta', { images: [image] });
    const digest = ['docker', 'image', 'inspect', '--format', '{{index .RepoDigests 0}}', image];
    expect(await beta.run(digest)).toContain(await lab.registry.digest(image));
    await beta.run(['docker', 'rmi', image]);
    await beta.powerOff();
    await beta.boot();
    expect(await beta.run(['docker', 'images', '--quiet'])).toBe('');
  });
});
