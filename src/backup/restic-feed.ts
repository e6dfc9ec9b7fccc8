import type { JobSession } from '../docker/engine.ts';
import { quotedWord } from '../shell-word.ts';
import { failureOf, RepositoryError } from './failure.ts';
import type { FeedRequest } from './repository.ts';
import { noDirectory, type ResticAccess, resticJob } from './restic-job.ts';
import { messages } from './restic-messages.ts';
import { feedPiped } from './restic-piped.ts';

/** Begins the line with restic's exit code, which is written if restic has failed. */
const marker = 'matrix-deploy: restic ended with ';

/** 128 + SIGPIPE: the program has stopped reading before the end of the file, which is no failure of restic. */
const brokenPipe = 141;

/**
 * Runs a program with a file of a snapshot as its standard input.
 *
 * @throws RepositoryError if restic could not read the file up to its end, or up to where the program stopped reading
 */
export async function feedProgram(
  access: ResticAccess,
  request: FeedRequest,
): Promise<{ exitCode: number; output: string }> {
  if (access.place.kind !== 'local') return feedPiped(access, request);
  const { snapshot, path, command, user, job } = request;
  const program = command.map(quotedWord).join(' ');
  const script = `
    { "$@" 2>/tmp/restic-said || echo $? >/tmp/restic-failed; } | ${program} && code=0 || code=$?
    if [ -e /tmp/restic-failed ]; then
      echo "${marker}$(cat /tmp/restic-failed)" >&2
      cat /tmp/restic-said >&2
    fi
    exit $code`;
  const call = {
    stage: `reading ${path}`,
    arguments: ['dump', '--', snapshot, path],
    reads: true,
    user,
    job,
    script,
  };
  const output: string[] = [];
  const said: string[] = [];
  let ended = 0;
  const session: JobSession = {
    onLine(line) {
      if (line.startsWith(marker)) {
        ended = Number(line.slice(marker.length));
      } else if (ended === 0) {
        output.push(line);
      } else {
        said.push(messages.problem(line) ?? line);
      }
    },
  };
  const following = access.engine.follow(resticJob(access, call), session);
  const { exitCode } = await following.catch(noDirectory(access, call));
  if (ended !== 0 && ended !== brokenPipe) {
    throw new RepositoryError(failureOf(ended, said), call.stage, said);
  }
  return { exitCode, output: output.map((line) => `${line}\n`).join('') };
}
