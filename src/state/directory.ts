import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { PreflightError } from '../errors.ts';
import { exists } from '../host/files.ts';
import { layout } from './layout.ts';

/**
 * The deployment directory: the one that was named, else the current one if it is one, else the usual place. Without
 * symbolic links, since containers are told by it whose they are.
 */
export async function resolveDirectory(
  named: string | undefined,
  current: string,
  usual: string,
): Promise<string> {
  if (named !== undefined) {
    return withoutLinks(resolve(current, named));
  }
  return withoutLinks((await isDeployment(current)) ? current : usual);
}

// Also for what does not exist yet: once it does, its name must be the same.
async function withoutLinks(path: string): Promise<string> {
  return realpath(path).catch(async () => join(await withoutLinks(dirname(path)), basename(path)));
}

/** The other directories that hold a deployment to which some of these containers belong. */
export async function otherDeployments(
  directory: string,
  containers: readonly { readonly directory: string }[],
): Promise<string[]> {
  const others = [...new Set(containers.map((container) => container.directory))].filter(
    (other) => other !== directory,
  );
  const exist = await Promise.all(others.map(isDeployment));
  return others.filter((_, index) => exist[index]);
}

/**
 * Refuses a deployment whose containers belong to another one: two of the same server name would take each other's away.
 *
 * @throws PreflightError naming the other directory, when there still is a deployment in it.
 */
export async function refuseForeign(
  directory: string,
  serverName: string,
  containers: readonly { readonly directory: string }[],
): Promise<void> {
  const [other] = await otherDeployments(directory, containers);
  if (other !== undefined) {
    throw new PreflightError(`${serverName} runs already, from ${other}`, {
      code: 'preflight.foreign',
      hint: `Work there (--dir ${other}), or remove its containers first: \`matrix-deploy destroy --dir ${other}\`.`,
    });
  }
}

/** Is there a deployment in this directory? */
export async function isDeployment(directory: string): Promise<boolean> {
  return exists(join(directory, layout.config));
}
