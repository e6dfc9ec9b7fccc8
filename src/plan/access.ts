import type { Mount, Owner } from '../components/service.ts';
import { backupKey, layout, modes, secretPath } from '../layout.ts';
import type { Stack } from '../stack/stack.ts';
import type { FoundEntry, ObservedAccess } from './observed-state.ts';
import type { OperationDraft } from './operation.ts';

/** The mode and the owner of a file or directory. */
export interface Access {
  readonly mode: number;
  /** The required owner. Absent when both the current user and root are accepted. */
  readonly owner?: Owner | undefined;
}

interface Rule extends Access {
  /**
   * Whether a stricter mode is accepted, too: true for what only this program reads, not for what containers read.
   */
  readonly atMost?: boolean;
}

type Who = Pick<ObservedAccess, 'uid' | 'mapsUsers'>;

/**
 * The mode and owner of a secret, whose directory is closed as well. A secret that exactly one user of containers
 * reads belongs to that user alone, if it can be given away: only root can do that, and not where the engine maps
 * users of containers to other users of the host.
 */
export function secretAccess(name: string, stack: Stack, who: Who): Access {
  const readers = readersOf(secretPath(name), stack);
  const [reader] = readers;
  if (name === backupKey.name) return { mode: modes.secret };
  if (reader === undefined) return { mode: modes.ownSecret };
  return canGive(who) && readers.length === 1
    ? { mode: modes.givenSecret, owner: reader }
    : { mode: modes.secret };
}

function canGive({ uid, mapsUsers }: Who): boolean {
  return uid === 0 && !mapsUsers;
}

/** The users of the containers that mount this file, each once. */
function readersOf(path: string, { services, checks, data, caches, dumps }: Stack): Owner[] {
  const programs: readonly { user: Owner; mounts: readonly Mount[] }[] = [
    ...services,
    ...checks.map(({ job }) => job),
    ...data.flatMap(({ initialise }) => initialise ?? []),
    ...[...caches, ...dumps].map(({ job }) => job),
  ];
  const users = programs
    .filter(({ mounts }) => mounts.some(({ source }) => source === path))
    .map(({ user }) => user);
  return users.filter(
    ({ uid, gid }, index) => users.findIndex((one) => one.uid === uid && one.gid === gid) === index,
  );
}

/** Operations that restore the mode and owner of every file and directory that differs from its rule. */
export function wrongAccess(stack: Stack, { access }: { access: ObservedAccess }): OperationDraft[] {
  return Object.entries(access.found).flatMap(([path, found]): OperationDraft[] => {
    const rule = ruleFor(path, found, stack, access);
    if (rule === undefined) return [];
    const mode = isRight(rule, found.mode) ? undefined : rule.mode;
    const owner = isOwnedRightly(rule, found, access) ? undefined : (rule.owner ?? access);
    if (mode === undefined && owner === undefined) return [];
    const differences = [
      ...(owner === undefined ? [] : [`owner ${text(found)} in place of ${text(owner)}`]),
      ...(mode === undefined ? [] : [`mode ${octal(found.mode)} in place of ${octal(mode)}`]),
    ];
    return [
      {
        kind: 'repair-access',
        resource: path,
        cause: differences.join(', '),
        path,
        access: { mode: rule.mode, owner },
        isOpen: isOpen(path, found, rule, access),
      },
    ];
  });
}

/** Whether the wrong owner or mode gives other users access. */
function isOpen(path: string, found: FoundEntry, rule: Rule, who: Who): boolean {
  return (
    (!isOwnedRightly(rule, found, who) && isAnothers(found, who)) || isOpenTo(path, found.mode & ~rule.mode)
  );
}

/**
 * Whether these surplus mode bits give other users access. Below secrets/ and in the cache only write bits count: a
 * file below secrets/ can only be read by users who can enter that directory, and the cache holds no secrets. (If
 * somebody has deleted the cache, the engine creates it again as it creates all directories.)
 */
function isOpenTo(path: string, surplus: number): boolean {
  const isGuarded = path === layout.cache || path.startsWith(`${layout.secrets}/`);
  return (surplus & (isGuarded ? 0o022 : 0o077)) !== 0;
}

/** Whether an entry belongs to a user other than root and the current one. */
function isAnothers({ uid }: FoundEntry, who: Who): boolean {
  return uid !== 0 && uid !== who.uid;
}

function isRight({ mode, atMost = false }: Rule, found: number): boolean {
  return atMost ? (found & ~mode & 0o7777) === 0 : found === mode;
}

function isOwnedRightly({ owner }: Rule, found: FoundEntry, who: Who): boolean {
  return owner === undefined ? !isAnothers(found, who) : found.uid === owner.uid && found.gid === owner.gid;
}

function ruleFor(path: string, found: FoundEntry, stack: Stack, who: Who): Rule | undefined {
  const { isDirectory } = found;
  const data = stack.data.find((one) => one.path === path);
  if (data !== undefined) {
    // Only root can change owners; and where the engine maps users, the user ID on the host is not known.
    return canGive(who) ? { mode: data.mode, owner: data.owner } : undefined;
  }
  // The owner of this directory is up to the operator: any is right.
  if (stack.bundles.some(({ from }) => from === path))
    return { mode: modes.ownDirectory, atMost: true, owner: found };
  const directory = directories[path];
  if (directory !== undefined) return { mode: directory, atMost: true };
  if (path.startsWith(`${layout.bundles}/`)) {
    return { mode: isDirectory ? modes.directory : bundledMode(path, stack) };
  }
  if (path === layout.certificate || path.startsWith(`${layout.certificate}/`)) {
    return { mode: isDirectory ? modes.directory : modes.secret };
  }
  if (path.startsWith(`${layout.secrets}/`)) return secretRule(path, stack, who);
  return { mode: isDirectory ? modes.directory : modes.rendered, atMost: true };
}

/** Modes of this program's own directories, which no other user needs to enter. */
const directories: Readonly<Record<string, number>> = {
  [layout.secrets]: modes.secretsDirectory,
  [layout.givenSecrets]: modes.secretsDirectory,
  [layout.bundles]: modes.secretsDirectory,
  [layout.state]: modes.stateDirectory,
  [layout.cache]: modes.cacheDirectory,
};

function bundledMode(path: string, { bundles }: Stack): number {
  const isProgram = bundles.some(
    ({ name, isExecutable }) => isExecutable && path.startsWith(`${layout.bundles}/${name}-`),
  );
  return isProgram ? modes.program : modes.secret;
}

function secretRule(path: string, stack: Stack, who: Who): Rule {
  const access = secretAccess(path.slice(layout.secrets.length + 1), stack, who);
  return { ...access, atMost: access.mode === modes.ownSecret };
}

function text({ uid, gid }: { uid: number; gid?: number | undefined }): string {
  return `${uid}:${gid ?? uid}`;
}

/** A mode as people write it, such as `0644`. */
export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
