import { chmod, chown, constants, open } from 'node:fs/promises';
import { userInfo } from 'node:os';

/**
 * O_PATH of open(2): opens a path without any permission on the file itself. Linux uses this number on x86-64, arm64
 * and all other architectures except alpha, parisc and sparc.
 */
const pathOnly = 0o10000000;

/** A file, directory or link at a path. For a link, all values are those of the link, not of its target. */
export interface Entry {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly isLink: boolean;
  /** @throws if the entry is a link */
  setMode(mode: number): Promise<void>;
  /** @throws if the entry is a link */
  setOwner(owner: { readonly uid: number; readonly gid: number }): Promise<void>;
}

/**
 * Opens the entry at a path, and passes it to `use`. All changes go to this entry, even if another one takes its
 * place meanwhile.
 *
 * @throws the error of the system if there is no entry
 */
export async function withEntry<Result>(
  path: string,
  use: (entry: Entry) => Promise<Result>,
): Promise<Result> {
  const handle = await open(path, pathOnly | constants.O_NOFOLLOW);
  try {
    const found = await handle.stat();
    // The kernel's link to the open entry. It stays the same when names change (proc(5), /proc/pid/fd).
    const itself = `/proc/self/fd/${handle.fd}`;
    const isLink = found.isSymbolicLink();
    const refuseLink = () => {
      if (isLink) throw new Error(`${path} is a symbolic link: nothing is changed through it`);
    };
    return await use({
      uid: found.uid,
      gid: found.gid,
      mode: found.mode & 0o7777,
      isLink,
      async setMode(mode) {
        refuseLink();
        await chmod(itself, mode);
      },
      async setOwner({ uid, gid }) {
        refuseLink();
        await chown(itself, uid, gid);
      },
    });
  } finally {
    await handle.close();
  }
}

/** Whether a file belongs to root or to the caller. Any other owner could change it at any time. */
export function isTrusted({ uid }: { readonly uid: number }): boolean {
  return uid === 0 || uid === userInfo().uid;
}
