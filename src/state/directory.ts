import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
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
  return access(join(current, layout.config)).then(
    () => current,
    () => usual,
  );
}
