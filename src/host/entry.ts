import { chmod, chown, constants, open } from 'node:fs/promises';
import { userInfo } from 'node:os';

/** Without permission on what is opened (open(2), O_PATH: as Linux numbers it on x86-64, arm64 and all others but alpha, parisc and sparc). */
const pathOnly = 0o10000000;

/** What is at a path itself: of a link the link, never what it leads to. */
export interface Entry {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly isLink: boolean;
  /** @throws where it is a link, which has no mode of its own */
  setMode(mode: number): Promise<void>;
  setOwner(owner: { readonly uid: number; readonly gid: number }): Promise<void>;
}

/**
 * Does something with what is at a path. Whatever takes its place meanwhile, what was seen is what is changed.
 *
 * @throws the system's error where there is nothing
 */
export async function withEntry<Result>(
  path: string,
  use: (entry: Entry) => Promise<Result>,
): Promise<Result> {
  const handle = await open(path, pathOnly | constants.O_NOFOLLOW);
  try {
    const found = await handle.stat();
    // The kernel's own link to what is open, which no name can change (proc(5), /proc/pid/fd).
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

/** Is it root's, or of the user who runs this? Others could do with it what they like. */
export function isTrusted({ uid }: { readonly uid: number }): boolean {
  return uid === 0 || uid === userInfo().uid;
}
