import { link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../docker/engine.ts';
import { deadline } from '../host/bounds.ts';
import { ensureDirectory, isErrno, readForeign, temporaryPath, writeNew } from '../host/files.ts';
import { layout, modes } from '../layout.ts';

/** The lock itself, and what only one may hold who takes it over from a dead process. */
type LockName = 'lock' | 'takeover';

/** Where locks are kept. Of all who put one there under the same name at the same time, one succeeds. */
export interface LockPlace {
  /** Puts a lock that has its text from the first moment on; `false` where another one is there already. */
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
        // ENOENT: who has the lock removes temporary files.
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
 * The lock of a Compose project, which two directories can name: an empty volume, which the engine creates once, with the labels
 * of who came first (Docker Engine API, VolumeCreate).
 */
export function projectLock(
  engine: Pick<Engine, 'until' | 'createVolume' | 'volumeLabels' | 'removeVolume'>,
  project: string,
): LockPlace {
  // A run that is interrupted gives its lock back, where the engine takes it in time.
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
