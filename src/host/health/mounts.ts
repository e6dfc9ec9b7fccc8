/** A mounted file system, as far as it matters here. */
export interface MountedFileSystem {
  readonly mountPoint: string;
  /** Such as `ext4`. */
  readonly type: string;
  readonly isReadOnly: boolean;
}

/**
 * The file system that an absolute path is on.
 *
 * @param mountInfo text of /proc/self/mountinfo (proc_pid_mountinfo(5))
 */
export function mountOf(path: string, mountInfo: string): MountedFileSystem | undefined {
  const holders = mountInfo
    .split('\n')
    .flatMap(parseMount)
    .filter(({ mountPoint }) => isWithin(path, mountPoint));
  const longest = Math.max(...holders.map(({ mountPoint }) => mountPoint.length));
  // The last of several mounts at one place hides the others.
  return holders.findLast(({ mountPoint }) => mountPoint.length === longest);
}

/** The mount points strictly below a directory, from the same text. */
export function mountPointsBelow(directory: string, mountInfo: string): string[] {
  const mounts = mountInfo.split('\n').flatMap(parseMount);
  return mounts.map(({ mountPoint }) => mountPoint).filter((path) => path.startsWith(`${directory}/`));
}

function parseMount(line: string): MountedFileSystem[] {
  const [before = '', after] = line.split(' - ');
  const [, , , , mountPoint, options] = before.split(' ');
  const [type, , superOptions = ''] = after?.split(' ') ?? [];
  if (mountPoint === undefined || options === undefined || type === undefined) {
    return [];
  }
  // Either the mount is read-only, or the file system itself, as after an error of the disk.
  const isReadOnly = [options, superOptions].some((list) => list.split(',').includes('ro'));
  return [{ mountPoint: unescaped(mountPoint), type, isReadOnly }];
}

/** The kernel writes spaces, tabs, line ends and backslashes as three octal digits. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function isWithin(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`);
}
