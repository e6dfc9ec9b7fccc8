import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { PreflightError, UsageError } from '../errors.ts';
import { exists } from '../host/files.ts';
import { layout } from '../layout.ts';
import { shellWord } from '../shell-word.ts';

/**
 * The deployment directory: the named one, else the current directory if it is a deployment, else the usual place.
 * Symbolic links are resolved, since the path identifies the containers of a deployment.
 *
 * @throws UsageError for a path that cannot be passed to other programs
 */
export async function resolveDirectory(
  named: string | undefined,
  current: string,
  usual: string,
): Promise<string> {
  const chosen =
    named === undefined && !(await isDeployment(current)) ? usual : resolve(current, named ?? '');
  const directory = await withoutLinks(chosen);
  const problem = nameProblem(directory);
  if (problem !== undefined) {
    throw new UsageError(`the path of the deployment directory has ${problem}`, {
      code: 'usage.directory',
      hint: 'Nothing was done. Name another directory with --dir, or rename this one.',
    });
  }
  return directory;
}

/** The part of a path that cannot be passed to other programs, as in "has a colon"; `undefined` if there is none. */
function nameProblem(path: string): string | undefined {
  if (/\p{Cc}/u.test(path)) return 'a line end or another control character';
  // Node.js replaces bytes that are not UTF-8 by this character, so that the text names another path.
  if (path.includes('\ufffd')) return 'bytes that are not UTF-8';
  // In the text form of a mount, which Docker uses if it may create the source, a colon ends the path (Engine API,
  // HostConfig.Binds).
  return path.includes(':') ? 'a colon, at which Docker ends the path of a mount' : undefined;
}

// Also resolves a path that does not exist yet: the result must be the same once it exists.
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
 * Refuses a deployment whose containers belong to another directory: two deployments of the same server name would
 * remove each other's containers.
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
      hint: `Work there (--dir ${shellWord(other)}), or remove its containers first: \`matrix-deploy destroy --dir ${shellWord(other)}\`.`,
    });
  }
}

/** Whether there is a deployment in this directory. */
export async function isDeployment(directory: string): Promise<boolean> {
  return exists(join(directory, layout.config));
}
