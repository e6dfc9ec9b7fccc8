import type { Context } from '../context.ts';
import { UsageError, UserError } from '../errors.ts';
import type { Homeserver } from '../matrix/homeserver.ts';
import { findRoom, roomOfAlias } from '../matrix/rooms.ts';
import { actAs, createPublicRoom, type NewRoom, publishRoom } from '../matrix/rooms-creation.ts';
import { activeAdmins, requireUser } from './accounts.ts';
import { aliasOf } from './rooms.ts';
import { deleteRoom } from './rooms-delete.ts';

export interface RoomRequest extends NewRoom {
  /** Name or user ID of the owner of the room. The only admin when absent. */
  readonly owner?: string | undefined;
  /** Whether an existing room of that alias is no error. If so, it is published. */
  readonly existsOk: boolean;
}

export interface CreatedRoom {
  readonly roomId: string;
  readonly alias: string;
  /** `false` when the room existed before. */
  readonly created: boolean;
  readonly owner: string;
}

/**
 * Creates a public room for a user of this server, and publishes it in the room directory.
 *
 * @throws UsageError when the alias belongs to another server, or when no owner is named and there is not exactly one
 * admin; UserError when the alias is taken, or when the homeserver's rules keep the room out of the directory. Then
 * no new room is left behind.
 */
export async function createRoom(
  server: Homeserver,
  request: RoomRequest,
  context: Pick<Context, 'clock' | 'interrupt'>,
): Promise<CreatedRoom> {
  const { alias, aliasName } = ourAlias(request.aliasName, server.stack.serverName);
  const existing = await roomOfAlias(server.admin, alias);
  if (existing !== undefined) {
    return publishExisting(server, existing, alias, request.existsOk);
  }
  const owner = await ownerOf(server, request.owner);
  const roomId = await actAs(server, owner, context.clock.now(), (as) =>
    createPublicRoom(as, { ...request, aliasName }),
  );
  if (roomId === undefined) {
    throw taken(alias);
  }
  if (!(await publishRoom(server.admin, roomId))) {
    await deleteRoom(server, roomId, { block: false, purge: true }, { ...context, onProgress() {} });
    throw unpublishable('No room was created.');
  }
  return { roomId, alias, created: true, owner };
}

function ourAlias(text: string, serverName: string) {
  const alias = aliasOf(text, serverName);
  const [aliasName = '', server] = alias.slice(1).split(/:(.*)/);
  if (server !== serverName) {
    throw new UsageError(`${alias} is an alias of another server; this one is ${serverName}`, {
      code: 'usage.alias',
      hint: 'No room was created.',
    });
  }
  return { alias, aliasName };
}

/** Publishes an existing room: a run that died may have left it unpublished. */
async function publishExisting(
  { admin }: Homeserver,
  roomId: string,
  alias: string,
  existsOk: boolean,
): Promise<CreatedRoom> {
  const room = await findRoom(admin, roomId);
  if (!existsOk || room === undefined) {
    throw taken(alias);
  }
  // Everybody sees the directory, so a room that not everybody may join does not belong there.
  if (room.joinRule !== 'public') {
    throw new UserError(`the room ${alias} exists already, and not everybody may join it`, {
      code: 'room.private',
      hint: 'Nothing was changed. Choose another --alias.',
    });
  }
  if (!room.published && !(await publishRoom(admin, roomId))) {
    throw unpublishable('Nothing was changed.');
  }
  return { roomId, alias, created: false, owner: room.creator };
}

/**
 * The user ID of the owner of a room: the named user, or else the only admin.
 *
 * @throws UsageError when nobody is named and there is not exactly one admin; UserError when the named user cannot
 * own a room
 */
export async function ownerOf(server: Homeserver, named: string | undefined): Promise<string> {
  if (named !== undefined) {
    const account = await requireUser(server, named);
    if (account.deactivated || account.locked) {
      throw new UserError(`${account.userId} cannot own a room: the account is deactivated or locked`, {
        code: 'room.owner',
        hint: 'No room was created.',
      });
    }
    return account.userId;
  }
  const admins = (await activeAdmins(server)).map(({ userId }) => userId);
  const [only, ...others] = admins;
  if (only === undefined || others.length > 0) {
    const why = only === undefined ? 'there is no admin' : 'there are several admins';
    throw new UsageError(`the room needs an owner: nobody was named, and ${why}`, {
      code: 'usage.owner',
      details: admins,
      hint: 'Add --owner <user>. No room was created.',
    });
  }
  return only;
}

function taken(alias: string): UserError {
  return new UserError(`there is a room ${alias} already`, {
    code: 'room.exists',
    hint: `Nothing was changed. See \`matrix-deploy rooms show '${alias}'\`; with --exists-ok this is no error, and the room is published.`,
  });
}

function unpublishable(before: string): UserError {
  return new UserError('the homeserver does not let matrix-deploy publish rooms', {
    code: 'room.publish',
    hint: `${before} Run \`matrix-deploy apply\`, which adds the rule for it.`,
  });
}
