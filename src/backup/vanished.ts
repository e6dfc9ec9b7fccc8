import { type ResticAccess, type ResticCall, resticJob, sessionInput } from './restic-job.ts';
import { messages } from './restic-messages.ts';

/** The largest number of files that are taken for deleted during a backup. With more, something else is wrong. */
const most = 1000;

/** This many messages are about more than `most` files, since there are one or two messages about each file. */
export const mostComplaints = 2 * most + 1;

/**
 * The files that were deleted after restic listed them and before restic read them. `undefined` if there is no
 * such file, if there are too many, or if restic has reported any other problem.
 *
 * @param complaints messages about problems, as restic wrote them
 * @param root path of the saved directory in the container; the directory itself does not count as a deleted file
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

/** Whether none of these files exists, as seen by the user that saves them. */
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
