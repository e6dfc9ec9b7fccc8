import { UserError } from '../errors.ts';
import { withEntry } from '../host/entry.ts';
import { isErrno } from '../host/files.ts';
import { type Access, octal } from '../plan/access.ts';
import { shellWord } from '../shell-word.ts';

/**
 * Restores the mode and the owner of a file or directory.
 *
 * @throws UserError when only its owner or root may change them
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
