import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { run } from '../command.ts';
import { type DebianRoot, makeDebianRoot } from '../engine/debian-root.ts';
import { architecture } from './archive.ts';
import type { Image } from './image.ts';
import { packLayer } from './layer.ts';
import { installWheels } from './pip.ts';
import { addPython, placeScripts, pythonLibraries, pythonVersion, sitePackages } from './python.ts';

const debian: DebianRoot = {
  suite: 'trixie',
  packages: ['ca-certificates', 'netbase', 'tzdata', ...pythonLibraries],
};

/** heisenbridge as PyPI has it, with the entry point and the byte code that the official image has. */
export async function heisenbridgeImage(tag: string): Promise<Image> {
  const inputs = { debian, pythonVersion, tag, architecture: architecture() };
  const layer = await cached('heisenbridge-layer', inputs, async (directory) => {
    const root = join(directory, 'root');
    await makeDebianRoot(debian, root);
    await addPython(root, []);
    await installWheels([`heisenbridge==${tag}`], join(root, sitePackages));
    await placeScripts(root);
    await run('chroot', [root, '/usr/local/bin/python3', '-m', 'compileall', '-q', `/${sitePackages}`], {
      timeoutSeconds: 300,
    });
    await packLayer(root, join(directory, 'layer.tar'), { ownedByRoot: true });
    await rm(root, { recursive: true });
  });
  return {
    layers: [join(layer, 'layer.tar')],
    config: {
      Entrypoint: ['heisenbridge', '-l', '0.0.0.0'],
      Env: ['PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ExposedPorts: { '9898/tcp': {}, '113/tcp': {} },
      WorkingDir: '/opt/heisenbridge',
    },
  };
}
