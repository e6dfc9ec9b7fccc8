import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Answers, answersSchema } from '../config/answers.ts';
import { ensureDirectory, readIfExists, writeAtomically } from '../host/files.ts';
import { modes } from '../layout.ts';

/** The answers of an unfinished `init`, which shorten the next one. Losing them does no further harm. */
export interface SavedAnswers {
  read(): Promise<Answers>;
  write(answers: Answers): Promise<void>;
  remove(): Promise<void>;
}

/** The saved answers for a deployment directory, in the user's state directory (XDG Base Directory Specification). */
export function savedAnswers(
  { XDG_STATE_HOME, HOME }: Readonly<Record<string, string | undefined>>,
  directory: string,
): SavedAnswers {
  const home = XDG_STATE_HOME || (HOME && join(HOME, '.local/state'));
  if (!home) {
    return { read: async () => ({}), write: async () => undefined, remove: async () => undefined };
  }
  const path = join(home, 'matrix-deploy', `${fileName(directory)}.json`);
  return {
    async read() {
      try {
        return answersSchema.parse(JSON.parse((await readIfExists(path)) ?? '{}'));
      } catch {
        return {};
      }
    },
    async write(answers) {
      try {
        await ensureDirectory(dirname(path), modes.stateDirectory);
        await writeAtomically(path, `${JSON.stringify(answers, undefined, 2)}\n`, modes.state);
      } catch {
        // `init` goes on even if the home directory is not writable.
      }
    },
    async remove() {
      await rm(path, { force: true });
    },
  };
}

/** The name of the file for a directory: readable, unless that would be too long for file systems. */
function fileName(directory: string): string {
  const readable = encodeURIComponent(directory);
  return readable.length <= 200 ? readable : createHash('sha256').update(directory).digest('hex');
}
