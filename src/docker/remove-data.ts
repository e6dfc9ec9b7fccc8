import { rm } from 'node:fs/promises';
import type { Owner } from '../components/service.ts';
import { UserError } from '../errors.ts';
import { isErrno } from '../host/files.ts';
import type { Engine } from './engine.ts';

interface OwnedData {
  readonly project: string;
  /** Absolute. */
  readonly path: string;
  readonly owner: Owner;
  /** Images on this host, one of which has `find`. */
  readonly images: readonly string[];
}

/**
 * Removes a directory whose files belong to a service's user: directly if this process may, otherwise as that user,
 * in a container that can reach nothing but the directory.
 */
export async function removeData(engine: Pick<Engine, 'run'>, data: OwnedData): Promise<void> {
  try {
    await rm(data.path, { recursive: true, force: true });
  } catch (error) {
    if (!isErrno(error, 'EACCES') && !isErrno(error, 'EPERM')) {
      throw error;
    }
    await emptyAsOwner(engine, data);
    await rm(data.path, { recursive: true, force: true });
  }
}

async function emptyAsOwner(
  engine: Pick<Engine, 'run'>,
  { project, path, owner, images }: OwnedData,
): Promise<void> {
  const outputs: string[] = [];
  for (const image of images) {
    const result = await runFind(engine, { project, path, owner, image });
    if (result.exitCode === 0) {
      return;
    }
    outputs.push(result.output.trim());
  }
  throw new UserError(`${path} belongs to user ${owner.uid} and could not be emptied`, {
    code: 'apply.remove',
    details: outputs,
    hint: `Remove it as root, then run the command again.`,
  });
}

async function runFind(
  engine: Pick<Engine, 'run'>,
  { project, path, owner, image }: Omit<OwnedData, 'images'> & { image: string },
): Promise<{ exitCode: number; output: string }> {
  const target = '/matrix-deploy';
  try {
    return await engine.run({
      project,
      image,
      user: owner,
      entrypoint: ['find', target, '-mindepth', '1', '-delete'],
      environment: {},
      mounts: [{ source: path, target, writable: true }],
      tmpfs: [],
    });
  } catch (error) {
    // An image without the program does not even start.
    return { exitCode: 127, output: String(error) };
  }
}
