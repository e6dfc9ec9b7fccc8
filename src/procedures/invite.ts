import type { Group } from '../config/group-file.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import type { Homeserver } from '../matrix/homeserver.ts';
import { findRoom, type Room, roomOfAlias } from '../matrix/rooms.ts';
import { actAs } from '../matrix/rooms-creation.ts';
import { addChild, createSpace, createSpaceRoom, isChild, isEncrypted, spaceType } from '../matrix/spaces.ts';
import type { RegistrationToken } from '../matrix/tokens.ts';
import { generateInvitation } from '../secrets/generate.ts';
import { inviteAnybodyTo, type OpenInvitation } from '../stack/invitation.ts';
import { ownerOf } from './rooms-create.ts';
import { createRegistrationToken, listRegistrationTokens, requireRegistration } from './tokens.ts';

interface InviteRequest {
  readonly group: Group;
  /** Whose space it is to be: name or user ID. The only admin when absent. */
  readonly owner: string | undefined;
  /** What a new token is good for. */
  readonly uses: number | undefined;
  readonly expiresAt: Date | undefined;
}

interface InvitedRoom {
  readonly name: string;
  readonly alias: string;
  readonly roomId: string;
  /** `made`, `added` when it was there but not in the space, or `there` as it is to be. */
  readonly result: 'made' | 'added' | 'there';
  readonly encrypted: boolean;
}

/** What all are told who are to come. */
export interface GroupInvitation extends OpenInvitation {
  readonly serverName: string;
  readonly space: Pick<InvitedRoom, 'name' | 'alias' | 'roomId'> & { readonly created: boolean };
  readonly owner: string;
  readonly rooms: readonly InvitedRoom[];
  readonly token: RegistrationToken;
  /** `false` where one of a run before is good still. */
  readonly tokenCreated: boolean;
  /** Leads to the space. */
  readonly spaceLink: string;
}

type Ports = Pick<Context, 'clock' | 'random'> & {
  /** Told of each room before it is looked at. */
  onRoom(name: string): void;
};

/**
 * Makes a space with rooms for a group, or what is missing of it, and a token with which the group's people register.
 * What is there already is not changed.
 *
 * @throws UserError when nobody can register, or when an alias leads to something else; nothing is changed then.
 */
export async function invite(
  server: Homeserver,
  { group, owner: named, uses, expiresAt }: InviteRequest,
  ports: Ports,
): Promise<GroupInvitation> {
  await requireRegistration(server);
  const [foundSpace, ...foundRooms] = await Promise.all(
    [group, ...group.rooms].map(({ alias }) => findByAlias(server, alias)),
  );
  refuseOthers(group, foundSpace, foundRooms);
  const owner = await ownerOf(server, foundSpace?.creator || named);
  const line = { server, owner, ports };
  const space = await ensureSpace(line, group, foundSpace);
  const rooms: InvitedRoom[] = [];
  for (const [index, room] of group.rooms.entries()) {
    ports.onRoom(room.name);
    rooms.push(await ensureRoom(line, group, room, space.roomId, foundRooms[index]));
  }
  const { token, created: tokenCreated } = await ensureToken(server, { group, uses, expiresAt }, ports);
  return {
    ...inviteAnybodyTo(server.stack),
    serverName: server.stack.serverName,
    space,
    owner,
    rooms,
    token,
    tokenCreated,
    spaceLink: `https://matrix.to/#/${space.alias}`,
  };
}

async function findByAlias({ admin, stack }: Homeserver, alias: string): Promise<Room | undefined> {
  const roomId = await roomOfAlias(admin, `#${alias}:${stack.serverName}`);
  return roomId === undefined ? undefined : findRoom(admin, roomId);
}

/** Rules by which members of a space come into a room, or everybody does. */
const openRules: ReadonlySet<string> = new Set(['public', 'restricted', 'knock_restricted']);

function refuseOthers(group: Group, space: Room | undefined, rooms: readonly (Room | undefined)[]): void {
  const wrong = [
    ...(space !== undefined && space.type !== spaceType ? [`${space.alias} is a room, and no space`] : []),
    ...rooms.flatMap((room, index) => {
      if (room === undefined) return [];
      const alias = room.alias || group.rooms[index]?.alias;
      if (room.type === spaceType) return [`${alias} is a space, and no room`];
      return openRules.has(room.joinRule)
        ? []
        : [`${alias} is a room that those who are in the space may not join`];
    }),
  ];
  if (wrong.length > 0) {
    throw new UserError('an alias of the file leads to something else', {
      code: 'invite.alias',
      details: wrong,
      hint: 'Nothing was changed. Choose another alias in the file, or see `matrix-deploy rooms show`.',
    });
  }
}

interface Line {
  readonly server: Homeserver;
  /** The user whose space and rooms these are. */
  readonly owner: string;
  readonly ports: Ports;
}

async function ensureSpace(
  { server, owner, ports }: Line,
  { name, alias, topic, open_to }: Group,
  found: Room | undefined,
): Promise<GroupInvitation['space']> {
  const whole = `#${alias}:${server.stack.serverName}`;
  if (found !== undefined) {
    return { name: found.name || name, alias: whole, roomId: found.roomId, created: false };
  }
  const federated = open_to === 'every-server';
  const roomId = await actAs(server, owner, ports.clock.now(), (as) =>
    createSpace(as, { name, aliasName: alias, topic, federated }),
  );
  if (roomId === undefined) throw taken(whole);
  return { name, alias: whole, roomId, created: true };
}

async function ensureRoom(
  { server, owner, ports }: Line,
  { open_to }: Group,
  { name, alias, topic }: Group['rooms'][number],
  spaceId: string,
  found: Room | undefined,
): Promise<InvitedRoom> {
  const { serverName } = server.stack;
  const whole = `#${alias}:${serverName}`;
  return actAs(server, owner, ports.clock.now(), async (as) => {
    const federated = open_to === 'every-server';
    const roomId =
      found?.roomId ??
      (await createSpaceRoom(as, { name, aliasName: alias, topic, federated, spaceId, serverName }));
    if (roomId === undefined) throw taken(whole);
    const isThere = found !== undefined && (await isChild(as, spaceId, roomId));
    if (!isThere) await addChild(as, { spaceId, roomId, serverName });
    // Of a room that is there, the owner of the space may not be a member.
    const encrypted = found?.encrypted ?? (await isEncrypted(as, roomId));
    const result = isThere ? 'there' : found === undefined ? 'made' : 'added';
    return { name: found?.name || name, alias: whole, roomId, result, encrypted };
  });
}

/** The token of a run before, while it is good; else a new one. Its first part says whom it is for. */
async function ensureToken(
  server: Homeserver,
  { group, uses, expiresAt }: Pick<InviteRequest, 'group' | 'uses' | 'expiresAt'>,
  { clock, random }: Pick<Ports, 'clock' | 'random'>,
): Promise<{ token: RegistrationToken; created: boolean }> {
  const prefix = `${tokenPart(group.alias)}-`;
  const { tokens } = await listRegistrationTokens(server, clock.now());
  const good = tokens.find(({ token, state }) => state === 'good' && isOf(token, prefix));
  if (good !== undefined) return { token: good, created: false };
  const text = `${prefix}${generateInvitation(random)}`;
  return {
    token: await createRegistrationToken(server, { token: text, uses, expiresAt }),
    created: true,
  };
}

/** An alias as a part of a token, which has no = in it. */
function tokenPart(alias: string): string {
  return alias.replaceAll('=', '-').slice(0, 40);
}

/** Is a token one that was generated with this before it? */
function isOf(token: string, prefix: string): boolean {
  return token.startsWith(prefix) && /^\w{4}(?:-\w{4}){3}$/.test(token.slice(prefix.length));
}

function taken(alias: string): UserError {
  return new UserError(`${alias} was given to another room in this very moment`, {
    code: 'invite.alias',
    hint: 'Run the command again: it goes on with what is there by then.',
  });
}
