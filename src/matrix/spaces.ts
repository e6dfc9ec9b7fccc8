import * as z from 'zod';
import { type Api, accepted, clientRoomPath, isRefusedWith } from './api.ts';
import { roomPath } from './rooms.ts';
import type { NewRoom } from './rooms-creation.ts';

/** The type of a room that is a space (Matrix specification, "Spaces"). */
export const spaceType = 'm.space';

interface NewSpace extends NewRoom {
  /** Whether users of other servers may be in it. This cannot be changed later. */
  readonly federated: boolean;
}

interface NewSpaceRoom extends NewSpace {
  readonly spaceId: string;
  readonly serverName: string;
}

/**
 * Creates a space that is not in the directory. Users who know its alias may join it, if it admits their server.
 *
 * @param owner the API as the owner of the new space
 * @returns its ID; `undefined` when the alias is taken
 */
export function createSpace(owner: Api, { name, aliasName, topic, federated }: NewSpace) {
  return create(owner, `create the space ${name}`, {
    preset: 'public_chat',
    name,
    topic,
    room_alias_name: aliasName,
    creation_content: { type: spaceType, 'm.federate': federated },
    // Apps show no messages in a space.
    power_level_content_override: { events_default: 100 },
  });
}

/**
 * Creates a room that only members of a space may join. The homeserver decides whether the room is encrypted, and
 * takes it for a private room.
 *
 * @param owner the API as the owner of the new room
 * @returns its ID; `undefined` when the alias is taken
 */
export function createSpaceRoom(owner: Api, room: NewSpaceRoom) {
  const { name, aliasName, topic, federated, spaceId, serverName } = room;
  const allow = [{ type: 'm.room_membership', room_id: spaceId }];
  return create(owner, `create the room ${name}`, {
    preset: 'private_chat',
    name,
    topic,
    room_alias_name: aliasName,
    creation_content: { 'm.federate': federated },
    initial_state: [
      { type: 'm.room.join_rules', state_key: '', content: { join_rule: 'restricted', allow } },
      { type: 'm.room.guest_access', state_key: '', content: { guest_access: 'forbidden' } },
      { type: 'm.space.parent', state_key: spaceId, content: { via: [serverName], canonical: true } },
    ],
  });
}

async function create(owner: Api, intent: string, body: object): Promise<string | undefined> {
  const path = '/_matrix/client/v3/createRoom';
  const answer = await owner({ method: 'POST', path, body: { visibility: 'private', ...body } });
  return isRefusedWith(answer, 'M_ROOM_IN_USE') ? undefined : String(accepted(answer, intent).room_id);
}

/**
 * Adds a room to a space.
 *
 * @param owner the API as a user who may do so
 */
export async function addChild(
  owner: Api,
  { spaceId, roomId, serverName }: { spaceId: string; roomId: string; serverName: string },
): Promise<void> {
  const path = `${statePath(spaceId)}/m.space.child/${encodeURIComponent(roomId)}`;
  const answer = await owner({ method: 'PUT', path, body: { via: [serverName], suggested: true } });
  accepted(answer, `add the room ${roomId} to the space`);
}

/**
 * Whether a room is encrypted.
 *
 * @param member the API as a member of the room
 */
export async function isEncrypted(member: Api, roomId: string): Promise<boolean> {
  return (await readState(member, roomId, 'm.room.encryption')) !== undefined;
}

/**
 * Whether a room is in a space.
 *
 * @param member the API as a member of the space
 */
export async function isChild(member: Api, spaceId: string, roomId: string): Promise<boolean> {
  const child = await readState(member, spaceId, 'm.space.child', roomId);
  return Array.isArray(child?.via);
}

/** Who may join a room. */
export interface Admission {
  /** Such as `public`, `invite` or `restricted`. */
  readonly rule: string;
  /** IDs of the rooms and spaces whose members may join, if the rule is a restricted one. */
  readonly membersOf: readonly string[];
}

const joinRules = z.object({
  join_rule: z.string().catch('invite'),
  allow: z.array(z.object({ type: z.string(), room_id: z.string() }).partial().catch({})).catch([]),
});
const stateEvents = z.object({
  state: z.array(z.object({ type: z.string(), state_key: z.string(), content: z.unknown() })),
});

/**
 * Who may join a room, as its state says (Matrix specification, "m.room.join_rules").
 *
 * @param admin the API as an admin, who need not be in the room
 */
export async function admissionOf(admin: Api, roomId: string): Promise<Admission> {
  const type = 'm.room.join_rules';
  const answer = await admin({ method: 'GET', path: `${roomPath(roomId)}/state?type=${type}` });
  const { state } = stateEvents.parse(accepted(answer, `tell who may join the room ${roomId}`));
  const event = state.find((one) => one.type === type && one.state_key === '');
  const { join_rule, allow } = joinRules.parse(event?.content ?? {});
  const membersOf = allow.flatMap(({ type: by, room_id }) =>
    by === 'm.room_membership' && room_id !== undefined ? [room_id] : [],
  );
  return { rule: join_rule, membersOf };
}

async function readState(member: Api, roomId: string, type: string, key = '') {
  const path = `${statePath(roomId)}/${type}/${encodeURIComponent(key)}`;
  const answer = await member({ method: 'GET', path });
  return isRefusedWith(answer, 'M_NOT_FOUND') ? undefined : accepted(answer, `tell of the room ${roomId}`);
}

function statePath(roomId: string): string {
  return `${clientRoomPath(roomId)}/state`;
}
