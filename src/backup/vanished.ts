import { type ResticAccess, type ResticCall, resticJob, sessionInput } from './restic-job.ts';
import { messages } from './restic-messages.ts';

/** More than are deleted during a backup: then something else is wrong. */
const most = 1000;

/** Of this many lines, each of which names a file once or twice, too many files are named. */
export const mostComplaints = 2 * most + 1;

/**
 * The files of which a backup said that they were not there any more, between being listed and being read, if that is all
 * that it complained of; `undefined` for any other complaint.
 *
 * @param complaints lines as restic wrote them
 * @param root the directory that was saved, as its container saw it: it is no file that somebody deletes
 */
export function vanishedFiles(complaints: readonly string[], root: string): string[] | undefined {
  const found: string[] = [];
  for (const line of complaints) {
    if (messages.isEnd(line)) continue;
    const path = messages.vanished(line);
    if (path === undefined || !path.startsWith(`${root}/`) || path.includes('\n')) return undefined;
    found.push(path);
  }
  const paths = [...new Set(found)];
  return paths.length === 0 || paths.length > most ? undefined : paths;
}

/** Is none of these files there, seen as the one who saves them does? */
export async function areGone(
  access: ResticAccess,
  call: ResticCall,
  paths: readonly string[],
): Promise<boolean> {
  const script = 'while IFS= read -r path; do if [ -e "$path" ] || [ -L "$path" ]; then exit 1; fi; done';
  const input = paths.map((path) => `${path}\n`).join('');
  const looking = { ...call, reads: true, script, input };
  const { exitCode } = await access.engine.follow(resticJob(access, looking), sessionInput(access, looking));
  return exitCode === 0;
}
