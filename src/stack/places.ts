import type { Explanation } from '../components/failure.ts';
import type { Owner, Service } from '../components/service.ts';
import type { Stack } from './stack.ts';

/** A file or directory of the host that a service needs. */
export interface PlaceNeeded {
  /** Below the deployment directory. */
  readonly path: string;
  /** Whether the service must be able to write there. */
  readonly writable: boolean;
  /** Whether the engine follows a symbolic link here. A link inside a mount leads out of the container's view. */
  readonly followed: boolean;
  /** Whether its entries must belong to the service's user as well. */
  readonly deep: boolean;
}

/** The observed state of such a place. */
export type PlaceSeen =
  | { readonly kind: 'missing' }
  | { readonly kind: 'link'; readonly leadsTo: string }
  | {
      readonly kind: 'there';
      readonly isDirectory: boolean;
      readonly uid: number;
      readonly gid: number;
      /** The permission bits. */
      readonly mode: number;
      /** An entry of it that belongs to another user. */
      readonly foreign?: { readonly name: string; readonly uid: number } | undefined;
      /** Whether its file system has no room for more files or bytes. */
      readonly isFull: boolean;
    };

/** The places that a service needs: its mounts, the rendered files in its mounts, and the directories of its data. */
export function placesOf(
  { mounts }: Pick<Service, 'mounts'>,
  { files, data }: Pick<Stack, 'files' | 'data'>,
): PlaceNeeded[] {
  const own = (path: string) => mounts.find(({ source }) => path.startsWith(`${source}/`));
  return [
    ...mounts.map(({ source, writable = false }) => ({
      path: source,
      writable,
      followed: true,
      deep: data.some(({ path }) => path === source),
    })),
    ...files
      .filter(({ path }) => own(path) !== undefined)
      .map(({ path }) => ({ path, writable: false, followed: false, deep: false })),
    ...data
      .filter(({ path }) => mounts.some(({ source }) => source === path))
      .flatMap(({ path, directories }) =>
        directories.map((directory) => ({
          path: `${path}/${directory}`,
          writable: true,
          followed: false,
          deep: false,
        })),
      ),
  ];
}

/** What is wrong with such a place for a service's user; `undefined` when nothing is. */
export function judgePlace(
  { name, user }: Pick<Service, 'name' | 'user'>,
  { path, writable, deep }: PlaceNeeded,
  seen: PlaceSeen,
): Explanation | undefined {
  switch (seen.kind) {
    case 'missing':
      return {
        cause: `${path} is not there`,
        remedy: `If its disk is not mounted, mount it; else put ${path} back.`,
      };
    case 'link':
      return {
        cause: `${path} is a symbolic link to ${seen.leadsTo}, which the container does not see`,
        remedy: `Put the directory itself at ${path}: move it back, or mount its disk there (\`mount --bind\`).`,
      };
    case 'there':
      return judgeThere({ name, user }, { path, writable, deep }, seen);
  }
}

function judgeThere(
  { name, user }: Pick<Service, 'name' | 'user'>,
  { path, writable, deep }: Pick<PlaceNeeded, 'path' | 'writable' | 'deep'>,
  seen: PlaceSeen & { kind: 'there' },
): Explanation | undefined {
  const owner = `${user.uid}:${user.gid}`;
  if (writable && seen.uid !== user.uid) {
    return {
      cause: `${path} belongs to user ${seen.uid}, and ${name} runs as user ${user.uid}`,
      remedy: `Give it back, in the deployment directory: \`chown -R ${owner} ${path}\`.`,
    };
  }
  if (deep && seen.foreign !== undefined) {
    return {
      cause: `${path}/${seen.foreign.name} belongs to user ${seen.foreign.uid}, and ${name} runs as user ${user.uid}`,
      remedy: `Give it back, in the deployment directory: \`chown -R ${owner} ${path}\`.`,
    };
  }
  const needed = (seen.isDirectory ? 0o5 : 0o4) | (writable ? 0o2 : 0);
  if ((permissions(seen, user) & needed) !== needed) {
    return {
      cause: `the mode of ${path} is ${octal(seen.mode)}, and so user ${user.uid}, which ${name} runs as, may not use it`,
      remedy: `Give it the mode that it had, in the deployment directory: \`chmod ${wantedMode(seen, writable)} ${path}\`.`,
    };
  }
  return writable && seen.isFull
    ? {
        cause: `the disk that holds ${path} is full`,
        remedy:
          'Free some space: `df -h` and `df -i` show where it is missing, `docker system df` what Docker keeps.',
      }
    : undefined;
}

/** The permission bits that apply to a user. */
function permissions(seen: PlaceSeen & { kind: 'there' }, user: Owner): number {
  if (seen.uid === user.uid) return (seen.mode >> 6) & 0o7;
  return (seen.gid === user.gid ? seen.mode >> 3 : seen.mode) & 0o7;
}

function wantedMode({ isDirectory }: PlaceSeen & { kind: 'there' }, writable: boolean): string {
  if (writable) return isDirectory ? '0700' : '0600';
  return isDirectory ? '0755' : '0644';
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
