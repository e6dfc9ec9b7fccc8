import { join } from 'node:path';
import { type Deployment, inDirectory } from '../../apply/deployment.ts';
import { resticBinary } from '../../backup/restic-binary.ts';
import { ensureDirectory } from '../../host/files.ts';
import { layout, modes } from '../../layout.ts';
import { projectName } from '../../stack/stack.ts';
import { readRecord, writeRecord } from '../../state/records.ts';

/** The program that reads and writes backups, on this host. */
export interface Restic {
  /** Its image, by digest. */
  readonly image: string;
  /** Path of the program on the host, for containers of other images. */
  readonly binary: string;
}

/**
 * Pulls restic's image if it is not on this host, and locks the deployment to its digest, as with the services'
 * images. Copies the program out of the image.
 *
 * @param note called before a step that takes some time
 */
export async function prepareRestic(
  { directory, config, engine }: Pick<Deployment, 'directory' | 'config' | 'engine'>,
  note: (text: string) => void,
): Promise<Restic> {
  const tag = config.backup.image;
  const path = join(directory, layout.imageLock);
  const lock = await readRecord(path);
  const locked = lock[tag];
  const wanted = locked === undefined ? tag : `${tag}@${locked}`;
  if ((await engine.imageId(wanted)) === undefined) {
    note(`pull ${wanted}`);
    await engine.pull(wanted);
  }
  const digest = locked ?? (await engine.imageDigest(tag));
  if (digest !== undefined && digest !== null && digest !== locked) {
    await ensureDirectory(join(directory, layout.state), modes.stateDirectory);
    await writeRecord(path, { ...(await readRecord(path)), [tag]: digest });
  }
  const image = digest === undefined || digest === null ? tag : `${tag}@${digest}`;
  await ensureDirectory(inDirectory({ directory }, layout.cache), modes.cacheDirectory);
  const project = projectName(config.server_name);
  const binary = await resticBinary(engine, {
    project,
    image,
    directory: join(directory, layout.cache, 'restic'),
  });
  return { image, binary };
}
