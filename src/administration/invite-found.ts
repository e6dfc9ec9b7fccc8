import type { Group } from '../config/group-file.ts';
import { UserError } from '../errors.ts';
import { listAccounts } from '../matrix/accounts.ts';
import type { Homeserver } from '../matrix/homeserver.ts';
import { findRoom, type Room, roomOfAlias } from '../matrix/rooms.ts';
import { type Admission, admissionOf, spaceType } from '../matrix/spaces.ts';

/** A room or a space that an alias of the file leads to. */
export type FoundRoom = Pick<Room, 'roomId' | 'name' | 'creator' | 'type' | 'federatable' | 'encrypted'> & {
  readonly admission: Admission;
};

/**
 * The rooms that the aliases of a group's file lead to, in the order of the file; `undefined` for an alias without a
 * room.
 */
export interface FoundGroup {
  readonly space: FoundRoom | undefined;
  readonly rooms: readonly (FoundRoom | undefined)[];
}

/** Looks up all aliases of a group's file. */
export async function findGroup(server: Homeserver, group: Group): Promise<FoundGroup> {
  const [space, ...rooms] = await Promise.all(
    [group, ...group.rooms].map(({ alias }) => findByAlias(server, alias)),
  );
  return { space, rooms };
}

async function findByAlias({ admin, stack }: Homeserver, aliasName: string): Promise<FoundRoom | undefined> {
  const roomId = await roomOfAlias(admin, wholeAlias(aliasName, stack));
  const room = roomId === undefined ? undefined : await findRoom(admin, roomId);
  return room && { ...room, admission: await admissionOf(admin, room.roomId) };
}

/** The full form of an alias of the file, with the server name. */
export function wholeAlias(aliasName: string, { serverName }: { readonly serverName: string }): string {
  return `#${aliasName}:${serverName}`;
}

/** The users whose existing rooms the group may use: the admins of this server, and the named owner. */
export async function trustedCreators(
  { admin }: Pick<Homeserver, 'admin'>,
  named: string | undefined,
): Promise<ReadonlySet<string>> {
  const admins = await listAccounts(admin, { admins: true, deactivated: true });
  return new Set([...admins.map(({ userId }) => userId), ...(named === undefined ? [] : [named])]);
}

/**
 * Refuses existing rooms that cannot be a part of the group: rooms of other creators, rooms that the invited users
 * could not join, rooms of the wrong type, and rooms that are closed to the servers that the file admits.
 *
 * @param creators the users whose existing rooms the group may use
 * @throws UserError with one line for each such alias
 */
export function refuseOthers(
  group: Group,
  { space, rooms }: FoundGroup,
  { serverName, creators }: { readonly serverName: string; readonly creators: ReadonlySet<string> },
): void {
  const judge = (aliasName: string, found: FoundRoom | undefined, problemOf: (room: FoundRoom) => string) => {
    const problem =
      found && (originProblem(found, creators) || problemOf(found) || federationProblem(found, group));
    return problem ? [`${wholeAlias(aliasName, { serverName })} ${problem}`] : [];
  };
  const wrong = [
    ...judge(group.alias, space, spaceProblem),
    ...group.rooms.flatMap(({ alias }, index) =>
      judge(alias, rooms[index], (room) => roomProblem(room, space?.roomId)),
    ),
  ];
  if (wrong.length === 0) return;
  const isForeign = [space, ...rooms].some((found) => found && originProblem(found, creators));
  throw new UserError('an alias in the file belongs to something that cannot be part of the group', {
    code: 'invite.alias',
    details: wrong,
    hint: `Nothing was changed. Look at it with \`matrix-deploy rooms show\`, then delete it or choose another alias in the file${isForeign ? ', or name its creator with --owner' : ''}.`,
  });
}

/** The creator of a room has all rights in it, and so must be trusted. */
function originProblem({ creator }: FoundRoom, creators: ReadonlySet<string>): string {
  if (creators.has(creator)) return '';
  return creator === ''
    ? 'was created by an unknown user'
    : `was created by ${creator}, who is no admin of this server`;
}

function spaceProblem({ type, admission: { rule } }: FoundRoom): string {
  if (type !== spaceType) return 'is a room, and no space';
  return rule === 'public' ? '' : `is a space that not everybody may join: its join rule is ${rule}`;
}

function roomProblem({ type, admission }: FoundRoom, spaceId: string | undefined): string {
  if (type === spaceType) return 'is a space, and no room';
  return admits(admission, spaceId) ? '' : 'is a room that members of the space may not join';
}

function admits({ rule, membersOf }: Admission, spaceId: string | undefined): boolean {
  if (rule === 'public') return true;
  const isRestricted = rule === 'restricted' || rule === 'knock_restricted';
  return isRestricted && spaceId !== undefined && membersOf.includes(spaceId);
}

function federationProblem({ federatable }: FoundRoom, { open_to }: Group): string {
  return open_to === 'every-server' && !federatable
    ? 'is closed to users of other servers, which cannot be changed; the file says open_to: every-server'
    : '';
}
