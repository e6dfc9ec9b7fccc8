import { constants, open } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { ensureDirectory, readIfExists } from '../host/files.ts';
import { layout, modes } from '../layout.ts';

/** What a run with a file of users has done, or was about to do, for one user. */
export interface MadeUser {
  readonly localpart: string;
  /** Digest that shows whether the user's row has changed; empty if the account turned out to exist independently. */
  readonly row: string;
  /** `false` is recorded before the user is created, since the run may be killed in between. */
  readonly made: boolean;
  /** Absolute path of the file with the password that was generated. Absent when the user's row has a password. */
  readonly passwords?: string | undefined;
  /** IDs of the sessions which prove that this program has created the account. Absent once they are ended. */
  readonly sessions?: readonly string[] | undefined;
}

const madeUser = z.object({
  localpart: z.string(),
  row: z.string(),
  made: z.boolean(),
  passwords: z.string().optional(),
  sessions: z.array(z.string()).optional(),
});

/** Each write is on the disk when it returns, and a symbolic link is not followed. */
const appending =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_SYNC | constants.O_NOFOLLOW;

/** Records which users were created from files, so that a run can continue where another one ended. */
export interface MadeUsers {
  find(localpart: string): MadeUser | undefined;
  /** Once this returns, a power cut does not lose it. */
  record(users: readonly MadeUser[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens the record of a deployment directory: lines of JSON, of which the last one about a user counts. */
export async function openMadeUsers(directory: string): Promise<MadeUsers> {
  await ensureDirectory(join(directory, layout.state), modes.stateDirectory);
  const path = join(directory, layout.madeUsers);
  const text = (await readIfExists(path)) ?? '';
  const known = new Map(text.split('\n').flatMap(parseLine));
  const file = await open(path, appending, modes.state);
  // Ends a line that a power cut has left unfinished, so that the next one begins on a new line.
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
