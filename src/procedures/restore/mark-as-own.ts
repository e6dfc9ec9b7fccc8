import { join } from 'node:path';
import { type Deployment, inDirectory } from '../../apply/deployment.ts';
import { BackupError } from '../../errors.ts';
import { witnessFile } from '../../stack/identity.ts';
import type { Stack } from '../../stack/stack.ts';
import { readIdentity } from '../../state/identity.ts';

interface Marking {
  /** The project of the container that writes the file, and its image: any with a shell. */
  readonly project: string;
  readonly image: string;
  /** The data directory, and the directory that will replace it: paths below the deployment directory. */
  readonly path: string;
  readonly beside: string;
}

/**
 * Writes the witness file, by which this deployment recognises its own data, into a directory that will replace a
 * data directory. An existing witness file stays as it is.
 */
export async function markAsOwn(
  deployment: Pick<Deployment, 'directory' | 'engine'>,
  stack: Pick<Stack, 'data'>,
  { project, image, path, beside }: Marking,
): Promise<void> {
  const { own, besideData } = await readIdentity(deployment.directory);
  const recorded = own ?? besideData;
  const spec = stack.data.find((one) => one.path === path);
  if (recorded === undefined || spec === undefined) return;
  const witness = join('/target', spec.witnessed, witnessFile(recorded));
  const { exitCode, output } = await deployment.engine.run({
    ...{ project, image, user: spec.owner },
    entrypoint: [
      '/bin/sh',
      '-euc',
      'test -e "$0" || { echo "$1" >"$0"; chmod 0444 "$0"; }',
      witness,
      'matrix-deploy recognises the data of its server by this file. Keep it where it is.',
    ],
    environment: {},
    mounts: [{ source: inDirectory(deployment, beside), target: '/target', writable: true }],
    tmpfs: [],
  });
  if (exitCode !== 0) {
    throw new BackupError(`what is to take the place of ${path} cannot be marked as this server's`, {
      code: 'restore.files',
      details: output.trim().split('\n'),
    });
  }
}
