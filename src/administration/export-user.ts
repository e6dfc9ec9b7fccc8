import { CancelledError } from '../errors.ts';
import { type Filling, makeDirectory } from '../host/new-directory.ts';
import type { MediaUse } from '../matrix/account-usage.ts';
import type { Account } from '../matrix/accounts.ts';
import { downloadMedia } from '../matrix/download.ts';
import type { Homeserver } from '../matrix/homeserver.ts';
import {
  type MediaRecord,
  readMedia,
  readSentEvents,
  readUserRecord,
  roomsOf,
  type UserRecord,
  userRecords,
} from '../matrix/user-data.ts';

interface ExportOptions {
  /** Absolute path. Nothing may exist there. */
  readonly directory: string;
  /** Whether to export the files that the user has uploaded, too. */
  readonly withMedia: boolean;
  readonly interrupt: AbortSignal;
  /** Called with the progress, in words. */
  progress(text: string): void;
}

export interface ExportResult {
  readonly userId: string;
  readonly directory: string;
  readonly rooms: number;
  readonly events: number;
  readonly media: MediaUse & {
    readonly isSaved: boolean;
    /** IDs of the files that the homeserver does not provide. */
    readonly withheld: readonly string[];
  };
}

/**
 * Writes all data of a user that the homeserver gives to an admin into a new directory, which only its owner may
 * read.
 *
 * @throws UsageError when the directory cannot be created, CancelledError at an interrupt. Then no files are left
 * behind.
 */
export async function exportUser(
  server: Homeserver,
  { userId }: Account,
  options: ExportOptions,
): Promise<ExportResult> {
  return makeDirectory(options.directory, async (filling) => {
    const task: Task = { server, userId, filling, options };
    const records = await writeRecords(task);
    const rooms = roomsOf(records.memberships);
    const events = await writeEvents(task, rooms);
    const media = await writeMedia(task);
    const result = { userId, directory: options.directory, rooms: rooms.length, events, media };
    await filling.write('README.txt', [explain(result, server.stack.serverName)]);
    return result;
  });
}

interface Task {
  readonly server: Homeserver;
  readonly userId: string;
  readonly filling: Filling;
  readonly options: ExportOptions;
}

async function writeRecords({ server, userId, filling, options }: Task): Promise<Record<UserRecord, object>> {
  const records: Partial<Record<UserRecord, object>> = {};
  for (const record of Object.keys(userRecords) as UserRecord[]) {
    stopIfInterrupted(options);
    records[record] = await readUserRecord(server.admin, record, userId);
    await filling.write(`${record}.json`, [prettyJson(records[record])]);
  }
  return records as Record<UserRecord, object>;
}

/** @returns the number of events */
async function writeEvents({ server, userId, filling, options }: Task, rooms: readonly string[]) {
  let events = 0;
  async function* lines() {
    for (const [index, room] of rooms.entries()) {
      options.progress(`room ${index + 1} of ${rooms.length}, ${events} events so far`);
      for await (const page of readSentEvents(server.admin, userId, room)) {
        stopIfInterrupted(options);
        events += page.length;
        yield page.map((event) => `${JSON.stringify(event)}\n`).join('');
      }
    }
  }
  await filling.write('events.jsonl', lines());
  return events;
}

async function writeMedia({ server, userId, filling, options }: Task): Promise<ExportResult['media']> {
  const media: MediaRecord[] = [];
  const withheld: string[] = [];
  for await (const one of readMedia(server.admin, userId)) {
    media.push(one);
  }
  await filling.write('media.json', [prettyJson({ media })]);
  if (options.withMedia) {
    for (const [index, { media_id }] of media.entries()) {
      stopIfInterrupted(options);
      options.progress(`file ${index + 1} of ${media.length}`);
      if (!(await downloadMedia(server, media_id, filling.path(mediaFile(media_id))))) {
        withheld.push(media_id);
      }
    }
  }
  const bytes = media.reduce((sum, { media_length }) => sum + media_length, 0);
  return { files: media.length, bytes, isSaved: options.withMedia, withheld };
}

/** A media ID consists of letters. Other characters are encoded, so that none of them can change the path. */
function mediaFile(mediaId: string): string {
  return `media-${encodeURIComponent(mediaId)}`;
}

function stopIfInterrupted({ interrupt }: ExportOptions): void {
  if (interrupt.aborted) {
    throw new CancelledError('stopped; nothing was written', { code: 'cancelled' });
  }
}

function prettyJson(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function explain({ userId, rooms, events, media }: ExportResult, serverName: string): string {
  const files = media.isSaved
    ? 'media-*            the files themselves, named by their IDs in media.json'
    : '(The files themselves are not included: users export --media adds them.)';
  const withheld = media.withheld
    .map((id) => `  the file ${id}, which the server does not give out\n`)
    .join('');
  return `What ${serverName} holds of ${userId}

  account.json       the account: name, addresses, rights, when it was created and last used
  devices.json       where the user is logged in, and from which address that was last used
  connections.json   addresses and programs that the user has connected with lately
  pushers.json       where notifications are sent
  account-data.json  settings that clients keep on the server
  memberships.json   the rooms that the user is or was in, or was invited to: ${rooms}
  events.jsonl       what the user has sent there, one JSON object a line, oldest first in each room: ${events}
  media.json         the files that the user has uploaded: ${media.files}
  ${files}

It does not contain:

  what is end-to-end encrypted, in readable form: the server has no keys, so such
  events (m.room.encrypted) and files are here as they are there, unreadable
  what others have written, and what of this user is in their messages
  the text of messages that were deleted
  rooms that nobody of this server is in any more
  the password, which the server itself does not know, and keys of encryption
  logs and backups of this server, and what other servers have received
${withheld}`;
}
