import { link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../docker/engine.ts';
import { deadline } from '../host/bounds.ts';
import { ensureDirectory, isErrno, readForeign, temporaryPath, writeNew } from '../host/files.ts';
import { layout, modes } from '../layout.ts';

/** The lock itself, and the lock of a process that takes the first one over from a dead process. */
type LockName = 'lock' | 'takeover';

/** A place for locks. If several processes put a lock of the same name at the same time, exactly one succeeds. */
export interface LockPlace {
  /** Creates a lock together with its text. @returns false if there is one of that name already */
  put(name: LockName, text: string): Promise<boolean>;
  read(name: LockName): Promise<string | undefined>;
  remove(name: LockName): Promise<void>;
}

/** The lock of a deployment directory: a file in it. */
export function directoryLock(directory: string): LockPlace {
  const paths = { lock: join(directory, layout.lock), takeover: join(directory, layout.lockTakeover) };
  return {
    async put(name, text) {
      await ensureDirectory(join(directory, layout.state), modes.stateDirectory);
      const own = temporaryPath(paths[name]);
      await writeNew(own, text, modes.state);
      try {
        await link(own, paths[name]);
        return true;
      } catch (error) {
        // ENOENT: the holder of the lock has removed our temporary file.
        if (isErrno(error, 'EEXIST') || isErrno(error, 'ENOENT')) {
          return false;
        }
        throw error;
      } finally {
        await rm(own, { force: true });
      }
    },
    read: (name) => readForeign(paths[name]),
    remove: (name) => rm(paths[name], { force: true }),
  };
}

const lockLabel = 'matrix-deploy.lock';
const removalSeconds = 5;

/**
 * The lock of a Compose project, which two directories can have in common. It is an empty volume: the engine creates
 * a volume only once, with the labels of the first request (Docker Engine API, VolumeCreate).
 */
export function projectLock(
  engine: Pick<Engine, 'until' | 'createVolume' | 'volumeLabels' | 'removeVolume'>,
  project: string,
): LockPlace {
  // An interrupted run still removes its lock, if the engine answers in time.
  const interrupt = new AbortController().signal;
  const uninterrupted = engine.until(interrupt);
  const volumes = { lock: `${project}.lock`, takeover: `${project}.lock-takeover` };
  const read = async (name: LockName) => (await uninterrupted.volumeLabels(volumes[name]))?.[lockLabel];
  return {
    async put(name, text) {
      await uninterrupted.createVolume(volumes[name], { [lockLabel]: text });
      return (await read(name)) === text;
    },
    read,
    remove: (name) => engine.until(deadline(removalSeconds, { interrupt })).removeVolume(volumes[name]),
  };
}
