import { UserError } from '../errors.ts';
import { withEntry } from '../host/entry.ts';
import { isErrno } from '../host/files.ts';
import { type Access, octal } from '../plan/access.ts';
import { shellWord } from '../shell-word.ts';

/**
 * Gives a file or directory its mode and its owner back.
 *
 * @throws UserError where only its owner or root may
 */
export async function repairAccess(path: string, { mode, owner }: Access): Promise<void> {
  try {
    await withEntry(path, async (entry) => {
      if (owner !== undefined) await entry.setOwner(owner);
      await entry.setMode(mode);
    });
  } catch (cause) {
    if (!isErrno(cause, 'EPERM')) throw cause;
    const word = shellWord(path);
    const give = owner === undefined ? '' : `chown ${owner.uid}:${owner.gid} ${word} && `;
    throw new UserError(`the permissions of ${path} are wrong, and this user cannot change them`, {
      code: 'apply.access',
      hint: `Run \`${give}chmod ${octal(mode)} ${word}\` as root, then run the command again.`,
      cause,
    });
  }
}
