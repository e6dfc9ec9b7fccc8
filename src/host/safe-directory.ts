import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { PreflightError } from '../errors.ts';
import { shellWord } from '../shell-word.ts';
import { isTrusted } from './entry.ts';
import { readForeign } from './files.ts';

/**
 * Refuses a directory that another user could replace, or fill with links before it is written to. Each directory
 * from the root down must belong to root or to the caller, and nobody else may write in it. Others may write in a
 * directory above it only if that has the sticky bit, as /tmp has.
 *
 * @param directory absolute and without links; a part that does not exist yet is no danger
 * @throws PreflightError with the unsafe directory, and what to do
 */
export async function refuseUnsafe(directory: string): Promise<void> {
  const found = await Promise.all(
    pathsTo(directory).map(async (path) => ({ path, stats: await lstat(path).catch(() => undefined) })),
  );
  for (const { path, stats } of found) {
    const problem = stats && (await objectionTo(path, stats, path === directory));
    if (problem !== undefined) {
      throw new PreflightError(problem.seen, {
        code: 'preflight.directory',
        hint: `${problem.remedy} Or name another directory with --dir. Nothing was done.`,
      });
    }
  }
}

interface Objection {
  readonly seen: string;
  readonly remedy: string;
}

async function objectionTo(path: string, stats: Stats, isItself: boolean): Promise<Objection | undefined> {
  const danger = isItself
    ? 'could lead what is written there elsewhere'
    : 'could put another directory in the place of the one in it';
  if (!isTrusted(stats)) {
    return {
      seen: `${path} belongs to another user (${await nameOf(stats.uid)}), who ${danger}`,
      // A directory above may be the home of its owner: it must not get another owner.
      remedy: isItself
        ? `Run the command as that user, or make it yours: \`chown ${userInfo().uid}: ${shellWord(path)}\`.`
        : 'Run the command as that user.',
    };
  }
  const isSticky = (stats.mode & 0o1000) !== 0;
  const byOthers = (stats.mode & 0o002) !== 0;
  const byGroup = (stats.mode & 0o020) !== 0 && !(await isPrivateGroup(stats));
  // In a directory with the sticky bit, others can add files, but not replace those of other users. So the sticky bit
  // is enough above a deployment, but not in the deployment directory itself.
  if (!(byOthers || byGroup) || (isSticky && !isItself)) return undefined;
  return {
    seen: `${byOthers ? 'everybody' : `the group of ${path}`} may write in ${path}, and so ${danger}`,
    remedy: `Close it: \`chmod go-w ${shellWord(path)}\`.`,
  };
}

/** A path and those of all directories above it, from the root down. */
export function pathsTo(path: string): string[] {
  return path === dirname(path) ? [path] : [...pathsTo(dirname(path)), path];
}

/**
 * Whether the group of a file has no member but its owner, or is root's. Many systems give each user such a group,
 * and let it write (umask 002).
 */
async function isPrivateGroup({ uid, gid }: Stats): Promise<boolean> {
  if (gid === 0) return true;
  const [groups, users] = await Promise.all([table('/etc/group'), table('/etc/passwd')]);
  const owner = users.find((user) => user[2] === String(uid))?.[0];
  const members = groups.find((group) => group[2] === String(gid))?.[3] ?? '';
  const byPrimary = users.filter((user) => user[3] === String(gid)).map(([name]) => name);
  const all = [...members.split(',').filter(Boolean), ...byPrimary];
  return owner !== undefined && all.length > 0 && all.every((name) => name === owner);
}

async function nameOf(uid: number): Promise<string> {
  return (await table('/etc/passwd')).find((user) => user[2] === String(uid))?.[0] ?? String(uid);
}

/** The lines of passwd(5) or group(5), as their fields. */
async function table(path: string): Promise<string[][]> {
  const text = await readForeign(path).catch(() => undefined);
  return (text ?? '').split('\n').map((line) => line.split(':'));
}
