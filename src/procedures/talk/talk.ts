import { randomUUID } from 'node:crypto';
import { readRoots } from '../../apply/probe.ts';
import type { Config } from '../../config/schema.ts';
import type { Context } from '../../context.ts';
import { messageOf } from '../../errors.ts';
import { deadline, interrupted, within } from '../../host/bounds.ts';
import { type Api, accepted } from '../../matrix/api.ts';
import { ChatClient } from '../../matrix/chat/client.ts';
import { type Homeserver, openHomeserver } from '../../matrix/homeserver.ts';
import { publicApi } from '../../matrix/public-api.ts';
import { removeRoom } from '../../matrix/rooms-deletion.ts';
import { describeStack } from '../../stack/stack.ts';
import { staged, type TalkFinding, tell } from './conversation.ts';
import { endForgottenGuests, endGuest, type Guest, makeGuest } from './guests.ts';
import { enter, type OtherAccount } from './other-account.ts';

/** How long a conversation may take, in seconds: an invitation to another server, its answer, keys and a message. */
const conversationSeconds = 60;
/** How long one step of tidying up may take, in seconds. */
const undoSeconds = 40;

interface Place {
  readonly directory: string;
  readonly config: Config;
}

type Attempt = Pick<TalkFinding, 'code' | 'from' | 'to' | 'remedy'>;

/**
 * Has two accounts of this server talk with one another, and one of them with an account of another server, end-to-end
 * encrypted, by the address that clients use. Accounts, sessions and rooms are made for it, and ended afterwards.
 *
 * @param other an account of another server; none is talked to when absent
 * @returns a finding for each message, and for each thing that could not be ended; what fails is a finding, too
 * @throws CancelledError
 */
export async function talk(
  place: Place,
  other: OtherAccount | undefined,
  context: Context,
): Promise<TalkFinding[]> {
  const undo = new Undo(context);
  const found: TalkFinding[] = [];
  try {
    found.push(...(await converse(place, other, undo, context)));
  } finally {
    found.push(...(await undo.run(place.config.server_name)));
  }
  if (context.interrupt.aborted) throw interrupted();
  return found;
}

async function converse(
  { directory, config }: Place,
  other: OtherAccount | undefined,
  undo: Undo,
  context: Context,
): Promise<TalkFinding[]> {
  const { server_name: serverName } = config;
  const stack = describeStack(config, {});
  const roots = await readRoots({ directory }, stack);
  const own = publicApi(stack.delegation.clientUrl, roots, context);
  const remedy = 'see `matrix-deploy status`, and what else this command says';
  const here: Attempt = { code: 'talk-here', from: serverName, to: serverName, remedy };
  let alice: ChatClient;
  let server: Homeserver;
  try {
    server = await openHomeserver(context, directory);
    await endForgottenGuests(server, context.clock.now());
    alice = await openGuest(server, own, undo, context);
  } catch (error) {
    return [failed(here, error)];
  }
  const line = { server, undo, context };
  const first = await attempt(here, context, async (signal, at) => {
    const bob = await openGuest(server, own, undo, context);
    const roomId = await meet(alice, bob, line, at);
    return tell(roomId, [alice, bob], { ...context, newText: randomUUID, signal });
  });
  return other === undefined
    ? [first]
    : [first, ...(await talkAcross(alice, { ...other, serverName, roots }, line))];
}

async function talkAcross(
  alice: ChatClient,
  other: OtherAccount & { readonly serverName: string; readonly roots: string | undefined },
  line: Line,
): Promise<TalkFinding[]> {
  const { context, undo } = line;
  const api = publicApi(other.url, other.roots, context);
  const there = { code: 'talk-there', from: alice.device.userId, to: other.url } as const;
  let carol: ChatClient;
  try {
    const guest = await enter(api, other);
    undo.add(`log out ${guest.userId}`, async () => {
      const path = '/_matrix/client/v3/logout';
      accepted(await api({ method: 'POST', path, body: {}, token: guest.token }), 'end its session');
    });
    if (guest.userId.endsWith(`:${other.serverName}`)) {
      throw new Error(`${guest.userId} is an account of this server`);
    }
    carol = await open(api, guest);
  } catch (error) {
    const remedy =
      '--other-server is the address that apps of the other server connect to; see that the account is right, too';
    return [failed({ ...there, remedy }, error)];
  }
  const { userId } = carol.device;
  const name = userId.slice(userId.indexOf(':') + 1);
  const remedy = `\`matrix-deploy check\` says whether others find this server, and \`matrix-deploy check ${name}\` whether the other is found`;
  let roomId = '';
  const first = await attempt({ ...there, to: userId, remedy }, context, async (signal, at) => {
    roomId = await meet(alice, carol, line, at);
    return tell(roomId, [alice, carol], { ...context, newText: randomUUID, signal });
  });
  if (first.verdict !== 'passed') return [first];
  const back = { code: 'talk-back', from: userId, to: alice.device.userId, remedy } as const;
  const second = await attempt(back, context, (signal) =>
    tell(roomId, [carol, alice], { ...context, newText: randomUUID, signal }),
  );
  return [first, second];
}

interface Line {
  readonly server: Homeserver;
  readonly undo: Undo;
  readonly context: Context;
}

async function openGuest(server: Homeserver, api: Api, undo: Undo, { random }: Context): Promise<ChatClient> {
  const guest = await makeGuest(server, random);
  undo.add(`deactivate ${guest.userId}`, () => endGuest(server, guest.userId));
  return open(api, guest);
}

function open(api: Api, { userId, deviceId, token }: Guest): Promise<ChatClient> {
  return ChatClient.open((call) => api({ ...call, token }), { userId, deviceId });
}

/** Brings two together in a new room. @returns its ID */
async function meet(
  host: ChatClient,
  guest: ChatClient,
  { server, undo, context }: Line,
  at: (stage: string) => void,
): Promise<string> {
  const { userId } = guest.device;
  const isElsewhere = !userId.endsWith(`:${server.stack.serverName}`);
  const roomId = await host.createRoom(isElsewhere);
  undo.add(`delete the room ${roomId}`, () => removeRoom(server.admin, roomId, context.clock));
  at(`${host.device.userId} invites ${userId}`);
  let hasJoined = false;
  if (isElsewhere) {
    undo.add(`take ${userId} out of the room ${roomId}`, () =>
      guest.leave(roomId).catch((error) => {
        // An invitation that has not arrived cannot be refused.
        if (hasJoined) throw error;
      }),
    );
  }
  await host.invite(roomId, userId);
  at(`${userId} joins the room of ${host.device.userId}`);
  await guest.join(roomId);
  hasJoined = true;
  return roomId;
}

async function attempt(
  what: Attempt,
  context: Context,
  action: (signal: AbortSignal, at: (stage: string) => void) => Promise<number>,
): Promise<TalkFinding> {
  const signal = deadline(conversationSeconds, context);
  let stage = 'a room is made';
  try {
    const milliseconds = await staged(
      () =>
        action(signal, (now) => {
          stage = now;
        }),
      () => stage,
      signal,
    );
    const { remedy: _, ...passed } = what;
    return { ...passed, verdict: 'passed', milliseconds };
  } catch (error) {
    return failed(what, error);
  }
}

function failed(what: Attempt, error: unknown): TalkFinding {
  return { ...what, verdict: 'failed', saw: messageOf(error) };
}

/** What has to be done afterwards, the last first. */
class Undo {
  readonly #steps: { what: string; step: () => Promise<void> }[] = [];
  readonly #patience: number;

  constructor({ patience = 1 }: Pick<Context, 'patience'>) {
    this.#patience = patience;
  }

  add(what: string, step: () => Promise<void>): void {
    this.#steps.push({ what, step });
  }

  /** Does all of it, whatever fails. @returns a warning for what did */
  async run(serverName: string): Promise<TalkFinding[]> {
    const warnings: TalkFinding[] = [];
    for (const { what, step } of this.#steps.splice(0).reverse()) {
      try {
        await within({ within: undoSeconds * 1000 * this.#patience }, step());
      } catch (error) {
        warnings.push({
          code: 'talk-left-over',
          from: serverName,
          to: serverName,
          verdict: 'warning',
          saw: `matrix-deploy could not ${what}: ${messageOf(error)}`,
        });
      }
    }
    return warnings;
  }
}
