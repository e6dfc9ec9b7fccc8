import { constants, open } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { ensureDirectory, readIfExists } from '../host/files.ts';
import { layout, modes } from '../layout.ts';

/** What a run with a file of users did, or was about to do, about one of them. */
export interface MadeUser {
  readonly localpart: string;
  /** Tells whether the file still asks for the same; empty when the user turned out to be somebody else's. */
  readonly row: string;
  /** `false` from before the user is made: a run may die in between. */
  readonly made: boolean;
  /** Absolute path of the file with the password that was made for the user. */
  readonly passwords?: string | undefined;
  /** IDs of the account's sessions that prove who made it, until they are ended. */
  readonly sessions?: readonly string[] | undefined;
}

const madeUser = z.object({
  localpart: z.string(),
  row: z.string(),
  made: z.boolean(),
  passwords: z.string().optional(),
  sessions: z.array(z.string()).optional(),
});

/** Each write is on the disk when it returns, and none goes where a link leads. */
const appending =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_SYNC | constants.O_NOFOLLOW;

/** Remembers which users were made from files, so that a run can go on where another one ended. */
export interface MadeUsers {
  find(localpart: string): MadeUser | undefined;
  /** Once this returns, a power cut does not lose it. */
  record(users: readonly MadeUser[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens the record of a deployment directory: a line of JSON each, of which the last one about a user counts. */
export async function openMadeUsers(directory: string): Promise<MadeUsers> {
  await ensureDirectory(join(directory, layout.state), modes.stateDirectory);
  const path = join(directory, layout.madeUsers);
  const text = (await readIfExists(path)) ?? '';
  const known = new Map(text.split('\n').flatMap(parseLine));
  const file = await open(path, appending, modes.state);
  // A line that a power cut left unfinished stays alone.
  await file.appendFile(text === '' || text.endsWith('\n') ? '' : '\n');
  let writing: Promise<unknown> = Promise.resolve();
  return {
    find: (localpart) => known.get(localpart),
    async record(users) {
      for (const user of users) {
        known.set(user.localpart, user);
      }
      const lines = users.map((user) => `${JSON.stringify(user)}\n`).join('');
      writing = writing.then(() => file.appendFile(lines));
      await writing;
    },
    close: () => file.close(),
  };
}

function parseLine(line: string): [string, MadeUser][] {
  try {
    const user = madeUser.parse(JSON.parse(line));
    return [[user.localpart, user]];
  } catch {
    return [];
  }
}
