import type { Group } from '../config/group-file.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import type { Homeserver } from '../matrix/homeserver.ts';
import { actAs } from '../matrix/rooms-creation.ts';
import { addChild, createSpace, createSpaceRoom, isChild, isEncrypted } from '../matrix/spaces.ts';
import type { RegistrationToken } from '../matrix/tokens.ts';
import { generateInvitation } from '../secrets/generate.ts';
import { inviteAnybodyTo, type OpenInvitation } from '../stack/invitation.ts';
import { type FoundRoom, findGroup, refuseOthers, trustedCreators, wholeAlias } from './invite-found.ts';
import { ownerOf } from './rooms-create.ts';
import { createRegistrationToken, listRegistrationTokens, requireRegistration } from './tokens.ts';

interface InviteRequest {
  readonly group: Group;
  /**
   * Name or user ID of the owner of created rooms. When absent, the creator of the existing space, or else the only
   * admin.
   */
  readonly owner: string | undefined;
  /** How many accounts a new token allows; any number when `undefined`. */
  readonly uses: number | undefined;
  readonly expiresAt: Date | undefined;
}

interface InvitedRoom {
  readonly name: string;
  readonly alias: string;
  readonly roomId: string;
  /** `made`: created by this run. `added`: it existed, but was not in the space. `there`: it was in the space. */
  readonly result: 'made' | 'added' | 'there';
  readonly encrypted: boolean;
  /** User ID of the creator, who has all rights in the room. */
  readonly owner: string;
}

/** The invitation for everybody in the group. */
export interface GroupInvitation extends OpenInvitation {
  readonly serverName: string;
  readonly space: Pick<InvitedRoom, 'name' | 'alias' | 'roomId' | 'owner'> & { readonly created: boolean };
  /** User ID of the owner of created rooms. */
  readonly owner: string;
  readonly rooms: readonly InvitedRoom[];
  readonly token: RegistrationToken;
  /** `false` when the token of an earlier run is still valid. */
  readonly tokenCreated: boolean;
  /** A link that leads to the space. */
  readonly spaceLink: string;
}

type Ports = Pick<Context, 'clock' | 'random'> & {
  /** Called with the name of each room before it is looked up or created. */
  onRoom(name: string): void;
};

/**
 * Creates a space with rooms for a group, and a token with which its users register. Creates only what is missing: an
 * existing room is added to the space, and is not changed otherwise.
 *
 * @throws UserError when nobody can register, or when an alias leads to a room that cannot be a part of the group;
 * UsageError when the owner is not clear. Then nothing is changed.
 */
export async function invite(
  server: Homeserver,
  { group, owner: named, uses, expiresAt }: InviteRequest,
  ports: Ports,
): Promise<GroupInvitation> {
  await requireRegistration(server);
  const owner = named === undefined ? undefined : await ownerOf(server, named);
  const [found, creators] = await Promise.all([findGroup(server, group), trustedCreators(server, owner)]);
  refuseOthers(group, found, { serverName: server.stack.serverName, creators });
  const spaceOwner = await ownerOf(server, found.space?.creator ?? owner);
  const line = { server, owner: owner ?? spaceOwner, ports };
  const space = await ensureSpace(line, group, found.space, spaceOwner);
  const rooms: InvitedRoom[] = [];
  for (const [index, room] of group.rooms.entries()) {
    ports.onRoom(room.name);
    rooms.push(await ensureRoom(line, { group, room, space, found: found.rooms[index] }));
  }
  const { token, created: tokenCreated } = await ensureToken(server, { group, uses, expiresAt }, ports);
  return {
    ...inviteAnybodyTo(server.stack),
    serverName: server.stack.serverName,
    space,
    owner: line.owner,
    rooms,
    token,
    tokenCreated,
    spaceLink: `https://matrix.to/#/${space.alias}`,
  };
}

interface Line {
  readonly server: Homeserver;
  /** User ID of the owner of created rooms. */
  readonly owner: string;
  readonly ports: Ports;
}

async function ensureSpace(
  { server, ports }: Line,
  { name, alias: aliasName, topic, open_to }: Group,
  found: FoundRoom | undefined,
  owner: string,
): Promise<GroupInvitation['space']> {
  const alias = wholeAlias(aliasName, server.stack);
  if (found !== undefined) {
    return { name: found.name || name, alias, roomId: found.roomId, owner, created: false };
  }
  const federated = open_to === 'every-server';
  const roomId = await actAs(server, owner, ports.clock.now(), (as) =>
    createSpace(as, { name, aliasName, topic, federated }),
  );
  if (roomId === undefined) throw taken(alias);
  return { name, alias, roomId, owner, created: true };
}

interface WantedRoom {
  readonly group: Group;
  readonly room: Group['rooms'][number];
  readonly space: GroupInvitation['space'];
  readonly found: FoundRoom | undefined;
}

async function ensureRoom(line: Line, { group, room, space, found }: WantedRoom): Promise<InvitedRoom> {
  const { server, ports } = line;
  const alias = wholeAlias(room.alias, server.stack);
  const { roomId, encrypted, owner } = found
    ? { ...found, owner: found.creator }
    : await makeRoom(line, group, room, space.roomId);
  const isThere = await actAs(server, space.owner, ports.clock.now(), async (as) => {
    if (found !== undefined && (await isChild(as, space.roomId, roomId))) return true;
    await addChild(as, { spaceId: space.roomId, roomId, serverName: server.stack.serverName });
    return false;
  });
  const result = isThere ? 'there' : found === undefined ? 'made' : 'added';
  return { name: found?.name || room.name, alias, roomId, result, encrypted, owner };
}

async function makeRoom(
  { server, owner, ports }: Line,
  { open_to }: Group,
  { name, alias, topic }: Group['rooms'][number],
  spaceId: string,
) {
  const { serverName } = server.stack;
  const federated = open_to === 'every-server';
  return actAs(server, owner, ports.clock.now(), async (as) => {
    const roomId = await createSpaceRoom(as, {
      name,
      aliasName: alias,
      topic,
      federated,
      spaceId,
      serverName,
    });
    if (roomId === undefined) throw taken(wholeAlias(alias, server.stack));
    return { roomId, encrypted: await isEncrypted(as, roomId), owner };
  });
}

/** The token of an earlier run if it is still valid, or else a new one. The first part of a token names the group. */
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

/** An alias as the first part of a token. A token cannot contain `=`. */
function tokenPart(alias: string): string {
  return alias.replaceAll('=', '-').slice(0, 40);
}

/** Whether a token was generated with this prefix. */
function isOf(token: string, prefix: string): boolean {
  return token.startsWith(prefix) && /^\w{4}(?:-\w{4}){3}$/.test(token.slice(prefix.length));
}

function taken(alias: string): UserError {
  return new UserError(`${alias} was given to another room a moment ago`, {
    code: 'invite.alias',
    hint: 'Run the command again: it continues from there.',
  });
}
