import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Deployment, inDirectory } from '../../apply/deployment.ts';
import type { DataSpec } from '../../components/data.ts';
import { removeData } from '../../docker/remove-data.ts';
import type { Stack } from '../../stack/stack.ts';

/**
 * Removes new files that earlier transfers have left beside the data, even if their record is lost: files in use
 * never have such a name. Only reports files from before an earlier upgrade, and never removes them.
 */
export async function clearLeftOver(
  { directory, engine }: Pick<Deployment, 'directory' | 'engine'>,
  { project, services }: Pick<Stack, 'project' | 'services'>,
  { path, owner }: Pick<DataSpec, 'path' | 'owner'>,
  note: (text: string) => void,
): Promise<void> {
  const names = await readdir(inDirectory({ directory }, dirname(path)));
  const beside = (suffix: string) =>
    names
      .filter((name) => name.startsWith(`${basename(path)}.${suffix}-`))
      .map((name) => join(dirname(path), name));
  for (const left of beside('upgraded')) {
    note(`remove ${left}, which an attempt before has left`);
    const images = services.map(({ image }) => image);
    await removeData(engine, { project, path: inDirectory({ directory }, left), owner, images });
  }
  for (const kept of beside('before')) {
    note(`warning: ${kept} is from an earlier upgrade, and nothing uses it: delete it when it is not needed`);
  }
}
