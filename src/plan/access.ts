import type { Mount, Owner } from '../components/service.ts';
import { backupKey, layout, modes, secretPath } from '../layout.ts';
import type { Stack } from '../stack/stack.ts';
import type { FoundEntry, ObservedAccess } from './observed-state.ts';
import type { OperationDraft } from './operation.ts';

/** Who may do what with a file or directory. */
export interface Access {
  readonly mode: number;
  /** Whose it is to be; absent where it is to be the operator's, or root's. */
  readonly owner?: Owner | undefined;
}

interface Rule extends Access {
  /** May it also be closed further? What only we read, yes; what containers read, no. */
  readonly atMost?: boolean;
}

type Who = Pick<ObservedAccess, 'uid' | 'mapsUsers'>;

/**
 * How a secret is protected beside its directory. Where one user of a container reads it, it belongs to that user
 * alone, if it can be given away: only root can, and not where the engine maps users to others of the host.
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

/** What is not protected as it is to be, and what gives it its mode and owner back. */
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

/** May others come near: by whose it is, or by its mode? */
function isOpen(path: string, found: FoundEntry, rule: Rule, who: Who): boolean {
  return (
    (!isOwnedRightly(rule, found, who) && isAnothers(found, who)) || isOpenTo(path, found.mode & ~rule.mode)
  );
}

/**
 * May others come near by these bits? A file below secrets/ can only be read by those who can enter that, and what is in
 * the cache is no secret: where somebody has deleted that, the engine creates it again as it creates all directories.
 */
function isOpenTo(path: string, surplus: number): boolean {
  const isGuarded = path === layout.cache || path.startsWith(`${layout.secrets}/`);
  return (surplus & (isGuarded ? 0o022 : 0o077)) !== 0;
}

/** Does it belong to somebody who may do with it what others may not? */
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
    // Who it is to be on the host is not known where the engine maps users.
    return canGive(who) ? { mode: data.mode, owner: data.owner } : undefined;
  }
  // Whose it is, is the operator's matter.
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

/** Our own, which nobody else need enter. */
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
