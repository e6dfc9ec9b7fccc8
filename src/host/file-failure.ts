import { UserError } from '../errors.ts';

interface Meaning {
  readonly what: string;
  readonly remedy: string;
}

/** Why a program cannot use a file, by error code of the system (errno(3)). */
const meanings: Readonly<Record<string, Meaning>> = {
  ENOSPC: {
    what: 'the disk is full',
    remedy: 'Free some space: see `df --human-readable` and `df --inodes`.',
  },
  EDQUOT: { what: 'the disk quota is used up', remedy: 'Free some space: see `quota`.' },
  EACCES: { what: 'this user may not', remedy: 'Run as root, or as the user whose deployment it is.' },
  EPERM: {
    what: 'the system does not permit it',
    remedy: 'Run as root. If root may not either, the file is immutable: see `lsattr`, and `chattr -i`.',
  },
  EROFS: {
    what: 'its file system is mounted read-only',
    remedy: 'See `findmnt` and `dmesg`: a disk with errors is mounted read-only too.',
  },
  EBUSY: { what: 'it is in use', remedy: 'It may be a mount point: see `findmnt`.' },
  EIO: { what: 'the disk has errors', remedy: 'See `dmesg`. Save what is on it.' },
  EMFILE: { what: 'too many files are open', remedy: 'Allow more: `ulimit -n 4096`.' },
  ENFILE: { what: 'too many files are open on this host', remedy: 'See `sysctl fs.file-max`.' },
  ENAMETOOLONG: { what: 'the name is too long', remedy: 'Name another with --dir.' },
  ELOOP: { what: 'symbolic links lead in a circle', remedy: 'See `namei` for the path.' },
  ENOTDIR: { what: 'a part of the path is not a directory', remedy: 'Move away what is there.' },
  EISDIR: { what: 'there is a directory where a file must be', remedy: 'Move it away.' },
  EEXIST: { what: 'something else is there', remedy: 'Move it away.' },
  ENOTEMPTY: { what: 'it is not empty', remedy: 'Somebody may be writing in it: see what is there.' },
  ENOENT: { what: 'it is not there', remedy: 'Somebody may have removed it.' },
};

/** What could not be done, as a participle, by system call. */
const intents: Readonly<Record<string, string>> = {
  open: 'opened',
  read: 'read',
  scandir: 'read',
  write: 'written',
  fsync: 'written',
  mkdir: 'created',
  mkdtemp: 'created',
  rename: 'put in its place',
  link: 'created',
  unlink: 'removed',
  rmdir: 'removed',
  rm: 'removed',
  chmod: 'given its mode',
  fchmod: 'given its mode',
};

/**
 * Turns an error of a system call on a file into a UserError that says what failed, why, and what to do. Node's error
 * has the system call and the path.
 *
 * @returns any other error unchanged
 */
export function fileFailure(error: unknown): unknown {
  const { code = '', syscall, path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  const meaning = meanings[code];
  if (error instanceof UserError || syscall === undefined || meaning === undefined) {
    return error;
  }
  const intent = intents[syscall] ?? `used (${syscall})`;
  return new UserError(`${dest ?? path ?? 'a file'} could not be ${intent}: ${meaning.what}`, {
    code: `file.${code.toLowerCase()}`,
    hint: `${meaning.remedy} Then run the command again.`,
    cause: error,
  });
}
