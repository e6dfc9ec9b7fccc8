import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Answers, answersSchema } from '../config/answers.ts';
import { ensureDirectory, readIfExists, writeAtomically } from '../host/files.ts';
import { modes } from '../layout.ts';

/** The answers of an `init` that was not finished. They make the next one shorter: lost ones cost nothing else. */
export interface SavedAnswers {
  read(): Promise<Answers>;
  write(answers: Answers): Promise<void>;
  remove(): Promise<void>;
}

/** Those for a deployment directory, in the user's state directory (XDG Base Directory Specification). */
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
        // A home that cannot be written to is no reason not to go on.
      }
    },
    async remove() {
      await rm(path, { force: true });
    },
  };
}

/** A name for a directory's file: readable where it is not longer than file systems take. */
function fileName(directory: string): string {
  const readable = encodeURIComponent(directory);
  return readable.length <= 200 ? readable : createHash('sha256').update(directory).digest('hex');
}
