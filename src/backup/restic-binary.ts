import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Owner } from '../components/service.ts';
import type { Engine } from '../docker/engine.ts';
import { removeData } from '../docker/remove-data.ts';
import { UserError } from '../errors.ts';
import { ensureDirectory } from '../host/files.ts';
import { modes, stagingPath } from '../layout.ts';

interface BinaryRequest {
  readonly project: string;
  /** Restic's image, which must be on this host. */
  readonly image: string;
  /** Absolute path of the directory for copies of the program. Only the operator may enter it: the copies are run. */
  readonly directory: string;
}

/** A user that no service runs as, so that no service could change a copy. */
export const binaryOwner: Owner = { uid: 65534, gid: 65534 };

/**
 * The path of restic's program on this host, for containers of other images: the program is linked statically. It is
 * copied out of restic's image once. For another image, the previous copy is removed and a new one is made.
 */
export async function resticBinary(
  engine: Engine,
  { project, image, directory }: BinaryRequest,
): Promise<string> {
  const name = (await engine.imageId(image))?.replace('sha256:', '');
  if (name === undefined) {
    throw new UserError(`image ${image} is not on this host`, { code: 'backup.image' });
  }
  await ensureDirectory(directory, modes.cacheDirectory);
  const there = await readdir(directory);
  if (!there.includes(name)) {
    for (const other of there) {
      await removeData(engine, {
        project,
        path: join(directory, other),
        owner: binaryOwner,
        images: [image],
      });
    }
    await copyOut(engine, { project, image, directory }, name);
  }
  return join(directory, name, 'restic');
}

/** Copies into a staging directory, which gets its final name only when the copy is complete. */
async function copyOut(
  engine: Engine,
  { project, image, directory }: BinaryRequest,
  name: string,
): Promise<void> {
  const staging = stagingPath(name);
  const { exitCode, output } = await engine.run({
    project,
    image,
    user: binaryOwner,
    entrypoint: ['/bin/sh', '-c', 'cp /usr/bin/restic /copy/restic && chmod 0755 /copy/restic'],
    environment: {},
    mounts: [{ source: join(directory, staging), target: '/copy', writable: true }],
    tmpfs: [],
    made: { parent: directory, directories: [{ path: staging, owner: binaryOwner, mode: modes.directory }] },
  });
  if (exitCode !== 0) {
    throw new UserError('restic could not be copied out of its image', {
      code: 'backup.binary',
      details: output.trim().split('\n'),
      hint: 'See whether the disk is full: `df -h`. Then run the command again.',
    });
  }
  await rename(join(directory, staging), join(directory, name));
}
