import { chmod, copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { architecture } from './archive.ts';
import { addBusyboxBase, type BusyboxBase } from './busybox.ts';
import { buildGoProgram } from './go.ts';
import type { Image } from './image.ts';
import { packLayer } from './layer.ts';
import { addSshClient, sshClient } from './ssh.ts';

const base: BusyboxBase = {
  suite: 'bookworm',
  applets: [
    ...['sh', 'base64', 'cat', 'chmod', 'cp', 'find', 'id', 'ls', 'mkdir', 'mv', 'rm', 'sha256sum'],
    ...['stat', 'tar'],
  ],
  directories: ['usr/bin'],
};

/** Restic as the Go proxy has its source, where the official image has it, on a shell, ssh and CA certificates. */
export async function resticImage(tag: string): Promise<Image> {
  const program = `github.com/restic/restic/cmd/restic@v${tag}`;
  const inputs = { base, program, sshClient, architecture: architecture() };
  const layer = await cached('restic-layer', inputs, async (directory) => {
    const root = join(directory, 'root');
    await mkdir(root);
    await addBusyboxBase(root, base);
    await addSshClient(root);
    const built = await buildGoProgram(program, join(directory, 'built'));
    await copyFile(built, join(root, 'usr/bin/restic'));
    await chmod(join(root, 'usr/bin/restic'), 0o755);
    await packLayer(root, join(directory, 'layer.tar'), { ownedByRoot: true });
    await rm(join(directory, 'built'), { recursive: true });
    await rm(root, { recursive: true });
  });
  return {
    layers: [join(layer, 'layer.tar')],
    config: {
      Entrypoint: ['/usr/bin/restic'],
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      WorkingDir: '/',
    },
  };
}
