import { randomUUID } from 'node:crypto';
import { readRoots } from '../../apply/probe.ts';
import type { Config } from '../../config/schema.ts';
import type { Context } from '../../context.ts';
import { messageOf, UserError } from '../../errors.ts';
import { deadline, interrupted } from '../../host/bounds.ts';
import { serverOf } from '../../identifiers/user-id.ts';
import { type Api, accepted } from '../../matrix/api.ts';
import { ChatClient } from '../../matrix/chat/client.ts';
import { type Homeserver, openHomeserver } from '../../matrix/homeserver.ts';
import { publicApi } from '../../matrix/public-api.ts';
import { removeRoom } from '../../matrix/rooms-deletion.ts';
import { unlockedStack } from '../../stack/stack.ts';
import { endLeftAccounts, makeAccount, type TalkSession } from './accounts.ts';
import { staged, type TalkFinding, tell } from './conversation.ts';
import { enter, type OtherAccount } from './other-account.ts';
import { Undo } from './undo.ts';

/**
 * The longest time for a conversation, in seconds: an invitation to another server, its answer, keys and a message.
 * The login on another server may take as long again.
 */
const conversationSeconds = 60;

interface Place {
  readonly directory: string;
  readonly config: Config;
}

type Attempt = Pick<TalkFinding, 'code' | 'from' | 'to' | 'remedy'>;

/**
 * Sends end-to-end encrypted messages: within this server between two accounts, then between one of them and an
 * account of another server. Connects to the address that clients use. Creates accounts, sessions and rooms for this,
 * and removes them afterwards.
 *
 * @param other an account of another server; without it, only this server is tested
 * @returns a finding for each message, and for each thing that could not be undone; a failure is a finding, too
 * @throws CancelledError, whose details name what could not be undone
 */
export async function talk(
  place: Place,
  other: OtherAccount | undefined,
  context: Context,
): Promise<TalkFinding[]> {
  const undo = new Undo(context);
  let problems: string[];
  let found: TalkFinding[];
  try {
    found = await converse(place, other, undo, context);
  } finally {
    problems = await undo.run();
  }
  if (context.interrupt.aborted) throw interrupted(problems);
  const { server_name: name } = place.config;
  const leftOver = { code: 'talk-left-over', from: name, to: name, verdict: 'warning' } as const;
  return [...found, ...problems.map((saw) => ({ ...leftOver, saw }))];
}

async function converse(
  { directory, config }: Place,
  other: OtherAccount | undefined,
  undo: Undo,
  context: Context,
): Promise<TalkFinding[]> {
  const { server_name: serverName } = config;
  const stack = unlockedStack(config);
  const roots = await readRoots({ directory }, stack);
  const own = publicApi(stack.delegation.clientUrl, roots, context);
  const remedy = 'See `matrix-deploy status`, and the other findings of this command.';
  const here: Attempt = { code: 'talk-here', from: serverName, to: serverName, remedy };
  let first: ChatClient;
  let server: Homeserver;
  try {
    server = await openHomeserver(context, directory);
    await endLeftAccounts(server, context.clock.now());
    first = await openOwn(server, own, undo, context);
  } catch (error) {
    return [failed(here, error)];
  }
  const line = { server, undo, context };
  const found = await attempt(here, context, async (signal, at) => {
    const second = await openOwn(server, own, undo, context);
    const roomId = await meet([first, second], line, signal, at);
    return tell(roomId, [first, second], { ...context, newText: randomUUID, signal });
  });
  return other === undefined
    ? [found]
    : [found, ...(await talkAcross(first, { ...other, serverName, roots }, line))];
}

async function talkAcross(
  first: ChatClient,
  account: OtherAccount & { readonly serverName: string; readonly roots: string | undefined },
  line: Line,
): Promise<TalkFinding[]> {
  const { context, undo } = line;
  const api = publicApi(account.url, account.roots, context);
  const there = { code: 'talk-there', from: first.device.userId, to: account.url } as const;
  let other: ChatClient;
  try {
    other = await staged(
      () => openOther(api, account, undo),
      () => 'the other account is logged in',
      deadline(conversationSeconds, context),
    );
  } catch (error) {
    const remedy =
      'See that --other-server is the address that apps of the other server connect to, and that the account is right.';
    return [failed({ ...there, remedy }, error)];
  }
  const { userId } = other.device;
  const remedy = `\`matrix-deploy check\` says whether others find this server, and \`matrix-deploy check ${serverOf(userId)}\` whether the other is found.`;
  let roomId = '';
  const sent = await attempt({ ...there, to: userId, remedy }, context, async (signal, at) => {
    roomId = await meet([first, other], line, signal, at);
    return tell(roomId, [first, other], { ...context, newText: randomUUID, signal });
  });
  if (sent.verdict !== 'passed') return [sent];
  const back = { code: 'talk-back', from: userId, to: first.device.userId, remedy } as const;
  const answered = await attempt(back, context, (signal) =>
    tell(roomId, [other, first], { ...context, newText: randomUUID, signal }),
  );
  return [sent, answered];
}

interface Line {
  readonly server: Homeserver;
  readonly undo: Undo;
  readonly context: Context;
}

async function openOwn(server: Homeserver, api: Api, undo: Undo, { random }: Context): Promise<ChatClient> {
  return open(api, await makeAccount(server, random, undo));
}

/** Logs in to the account on the other server, in a session that `undo` ends. */
async function openOther(
  api: Api,
  other: OtherAccount & { readonly serverName: string },
  undo: Undo,
): Promise<ChatClient> {
  const session = await undo.around(
    () => enter(api, other),
    (entered) => {
      if (entered !== undefined) {
        return { what: `log out ${entered.userId}`, step: () => logOut(api, entered) };
      }
      // Without an answer, the token may belong to the session of an app, which must stay.
      if ('token' in other) return undefined;
      const step = () => Promise.reject(new Error(`${other.url} did not say whether the session was opened`));
      return { what: `end a session of ${other.user}`, step };
    },
  );
  if (serverOf(session.userId) === other.serverName) {
    throw new Error(`${session.userId} is an account of this server`);
  }
  return open(api, session);
}

async function logOut(api: Api, { token }: TalkSession): Promise<void> {
  const path = '/_matrix/client/v3/logout';
  accepted(await api({ method: 'POST', path, body: {}, token }), 'end its session');
}

function open(api: Api, { userId, deviceId, token }: TalkSession): Promise<ChatClient> {
  return ChatClient.open((call) => api({ ...call, token }), { userId, deviceId });
}

/**
 * Brings two clients together in a new room, which the first one creates.
 *
 * @returns the room ID
 */
async function meet(
  [inviter, invited]: readonly [ChatClient, ChatClient],
  { server, undo, context }: Line,
  signal: AbortSignal,
  at: (stage: string) => void,
): Promise<string> {
  const from = inviter.device.userId;
  const { userId } = invited.device;
  const isElsewhere = serverOf(userId) !== server.stack.serverName;
  const roomId = await undo.around(
    () => inviter.createRoom(isElsewhere),
    (made) =>
      made === undefined
        ? {
            what: `delete the room that ${from} was creating`,
            step: () => Promise.reject(new Error('the homeserver did not say whether it was created')),
          }
        : {
            what: `delete the room ${made}`,
            step: async () => {
              const status = await removeRoom(server.admin, made, context.clock);
              if (status === 'failed') throw new Error('the homeserver failed at it');
            },
          },
  );
  signal.throwIfAborted();
  at(`${from} invites ${userId}`);
  await undo.around(
    () => inviter.invite(roomId, userId),
    // Users of this server are removed from the room when it is deleted.
    () =>
      isElsewhere
        ? { what: `take ${userId} out of the room ${roomId}`, step: () => invited.leave(roomId) }
        : undefined,
  );
  signal.throwIfAborted();
  at(`${userId} joins the room of ${from}`);
  // The step that undoes the invitation undoes the join, too. This only makes `undo` wait for the call.
  await undo.around(
    () => invited.join(roomId),
    () => undefined,
  );
  return roomId;
}

async function attempt(
  what: Attempt,
  context: Context,
  action: (signal: AbortSignal, at: (stage: string) => void) => Promise<number>,
): Promise<TalkFinding> {
  const signal = deadline(conversationSeconds, context);
  let stage = 'a room is created';
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

/** The hint of the error, if there is one, replaces the general remedy. */
function failed(what: Attempt, error: unknown): TalkFinding {
  const hint = error instanceof UserError ? error.hint : undefined;
  const advised = hint === undefined ? what : { ...what, remedy: hint };
  return { ...advised, verdict: 'failed', saw: messageOf(error) };
}
