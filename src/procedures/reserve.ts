import { open, rm } from 'node:fs/promises';
import { type Deployment, inDirectory } from '../apply/deployment.ts';
import { layout, modes } from '../layout.ts';

/** In bytes: Postgres needs segments of its write-ahead log, 16 MiB each, and space to repeat unfinished changes. */
const reserve = 2 ** 26;
/** The size of one write, in bytes. The written bytes are random, because a file system may compress others. */
const block = 2 ** 16;

/**
 * Reserves space on the disk of the databases until `freeReserve` frees it. Postgres stops when it has no space for
 * its log, and does not start again without some: after a change of the database that fills the disk, no version
 * could run.
 */
export async function reserveSpace({
  directory,
  random,
}: Pick<Deployment, 'directory' | 'random'>): Promise<void> {
  const file = await open(inDirectory({ directory }, layout.reserve), 'w', modes.state);
  try {
    const bytes = random(block);
    for (let size = 0; size < reserve; size += block) await file.write(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Frees the space that `reserveSpace` has reserved, if any. */
export async function freeReserve({ directory }: Pick<Deployment, 'directory'>): Promise<void> {
  await rm(inDirectory({ directory }, layout.reserve), { force: true });
}
