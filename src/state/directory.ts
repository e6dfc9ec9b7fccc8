import { access, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { layout } from './layout.ts';

/** The deployment directory: the one that was named, else the current one if it is one, else the usual place. */
export async function resolveDirectory(
  named: string | undefined,
  current: string,
  usual: string,
): Promise<string> {
  if (named !== undefined) {
    return resolve(current, named);
  }
  return (await isDeployment(current)) ? current : usual;
}

/** Is there a deployment in this directory? */
export async function isDeployment(directory: string): Promise<boolean> {
  return access(join(directory, layout.config)).then(
    () => true,
    () => false,
  );
}
