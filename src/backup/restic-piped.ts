import type { JobSession, MountedJob } from '../docker/engine.ts';
import { RepositoryError } from './failure.ts';
import { openedLine, runEnds, withPipe } from './pipe.ts';
import type { FeedRequest, ProgramJob, SaveRequest, SaveSource } from './repository.ts';
import { type ResticAccess, type ResticCall, runRestic } from './restic-job.ts';

/**
 * Saves the output of a program in a repository on another machine. The program runs in a container that cannot reach
 * that machine. Restic runs in another one, which cannot reach the program's files and networks.
 *
 * @param call the call of restic, without the command whose output it saves
 * @returns what the program wrote to its standard error
 * @throws RepositoryError also when the program failed: then there is no snapshot
 */
export async function savePiped(
  access: ResticAccess,
  { user, source }: SaveRequest & { source: SaveSource & { kind: 'command' } },
  call: ResticCall,
): Promise<{ said: string[] }> {
  return withPipe(source.job.scratch, async (pipe) => {
    const said: string[] = [];
    // The exit code follows the output. Without it, the end of the output does not mean that the program succeeded.
    const take = `cat ${pipe.data} && read -r code <${pipe.end} && exit "$code"`;
    const { written, read, stopped } = await runEnds({
      async writer({ stop, opened }) {
        let isOpen = false;
        const entrypoint = [
          ...['/bin/sh', '-euc', `exec >${pipe.data}; echo "$0" >&2; exec "$@"`, openedLine],
          ...source.command,
        ];
        const job = { ...programJob(access, source.job, user), entrypoint };
        const onLine = (line: string) => {
          if (line === openedLine) {
            isOpen = true;
            opened();
          } else said.push(line);
        };
        let exitCode = 1;
        try {
          ({ exitCode } = await access.engine.follow(withMount(job, pipe.mount), { stop, onLine }));
        } finally {
          if (isOpen) await pipe.sendEnd(exitCode);
        }
      },
      reader: ({ stop }) =>
        runRestic(access, {
          ...call,
          arguments: [...call.arguments, '--', '/bin/sh', '-euc', take],
          mounts: [pipe.mount],
          stop,
        }),
    });
    if (written.status === 'rejected') throw written.reason;
    if (read.status === 'fulfilled') return { said };
    if (stopped === 'reader') throw new RepositoryError('source', call.stage, said);
    const { reason } = read;
    throw reason instanceof RepositoryError
      ? new RepositoryError(reason.failure, call.stage, [...reason.details, ...said])
      : reason;
  });
}

/** Runs a program with a file of a snapshot on another machine as its standard input. */
export async function feedPiped(
  access: ResticAccess,
  { snapshot, path, command, user, job }: FeedRequest,
): Promise<{ exitCode: number; output: string }> {
  return withPipe(job.scratch, async (pipe) => {
    const output: string[] = [];
    // 141 is 128 + SIGPIPE: the program may stop reading before the end.
    const script = `
      exec 3>${pipe.data}; echo '${openedLine}' >&2
      "$@" >&3 || { code=$?; [ "$code" = 141 ] || exit "$code"; }`;
    const { written, read, stopped } = await runEnds({
      writer: ({ stop, opened }) =>
        runRestic(access, {
          stage: `reading ${path}`,
          arguments: ['dump', snapshot, path],
          reads: true,
          mounts: [pipe.mount],
          ...{ script, stop },
          onSaid(line) {
            if (line === openedLine) opened();
            return line === openedLine;
          },
        }),
      reader({ stop }) {
        const session: JobSession = { stop, onLine: (line) => void output.push(line) };
        const entrypoint = ['/bin/sh', '-euc', `exec "$@" <${pipe.data}`, 'sh', ...command];
        const own = { ...programJob(access, job, user), entrypoint };
        return access.engine.follow(withMount(own, pipe.mount), session);
      },
    });
    if (read.status === 'rejected') throw read.reason;
    if (written.status === 'rejected' && stopped !== 'writer') throw written.reason;
    return { exitCode: read.value.exitCode, output: output.map((line) => `${line}\n`).join('') };
  });
}

/** The program's own container, without access to the repository or its secrets. */
function programJob(
  { project }: ResticAccess,
  { scratch: _scratch, binary: _binary, ...job }: ProgramJob,
  user: MountedJob['user'],
): Omit<MountedJob, 'entrypoint'> {
  return { ...job, project, user };
}

function withMount(job: MountedJob, mount: MountedJob['mounts'][number]): MountedJob {
  return { ...job, mounts: [...job.mounts, mount] };
}
