import { open, rm } from 'node:fs/promises';
import { type Deployment, inDirectory } from '../apply/deployment.ts';
import { layout, modes } from '../layout.ts';

/** Postgres needs segments of its log, 16 MiB each, and what it had not finished once more. In bytes. */
const reserve = 2 ** 26;
/** Of random bytes, since a file system may store what can be compressed in less room. */
const block = 2 ** 16;

/**
 * Takes some room on the disk of the databases, for `releaseRoom` to give back. A Postgres that finds no room for its log ends, and
 * does not start again without some: a change of the database that fills the disk would leave nothing that can serve.
 */
export async function holdRoom({
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

/** Gives back what `holdRoom` has taken, if it has. */
export async function releaseRoom({ directory }: Pick<Deployment, 'directory'>): Promise<void> {
  await rm(inDirectory({ directory }, layout.reserve), { force: true });
}
