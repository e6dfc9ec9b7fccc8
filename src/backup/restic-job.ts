import type { Mount, Owner } from '../components/service.ts';
import type { Engine, JobSession, MountedJob } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';
import type { Secret } from '../secrets/secret.ts';
import { failureOf, RepositoryError } from './failure.ts';
import { namesFile, writeNames } from './passwd-file.ts';
import type { RepositoryPlace } from './place.ts';
import { filesInput, remoteAccess, takeFiles } from './remote.ts';
import type { ProgramJob } from './repository.ts';
import { messages } from './restic-messages.ts';
import { watchTarget } from './restic-watch.ts';

/** Everything that is needed to reach and open a repository. */
export interface ResticAccess {
  readonly engine: Engine;
  readonly project: string;
  /** Restic's image, which must be on this host. */
  readonly image: string;
  readonly place: RepositoryPlace;
  /** The owner of a repository that is a directory of this host. Other users read and write it through its group. */
  readonly owner: Owner;
  readonly key: ResticKey;
  /** Factor for the time limits of a repository on another machine; 1 when absent. */
  readonly patience?: number | undefined;
}

export type ResticKey =
  /**
   * Path of a file on the host that the users of the containers may read. Restic tries the key with `id` first, and
   * then all keys until one opens the repository. It fails at a damaged key that it tries before that one.
   */
  | { readonly file: string; readonly id?: string | undefined }
  /** A password that was typed, and that is in no file. */
  | { readonly typed: Secret };

/** Paths in a container: of the repository, of the key, and of restic in a container of another image. */
const places = {
  repository: '/repository',
  key: '/run/matrix-deploy/backup.key',
  binary: '/usr/local/bin/restic',
} as const;

/** The owner of a local repository. Everything that a deployment writes into a local repository gets this group. */
export const repositoryOwner: Owner = { uid: 991, gid: 991 };

/** One call of restic. */
export interface ResticCall {
  /** What the call does, for error messages. */
  readonly stage: string;
  readonly arguments: readonly string[];
  /** The user that restic runs as, with the group of the repository's owner; that owner when absent. */
  readonly user?: Owner;
  /** Whether the call only reads the repository. Then it sets no lock, and works with a read-only disk. */
  readonly reads?: boolean;
  readonly mounts?: MountedJob['mounts'];
  /** The key to use in place of the one in `ResticAccess`. */
  readonly key?: ResticKey;
  /** Standard input of restic. A call with a typed key cannot have any. */
  readonly input?: string | Uint8Array;
  /** The container to run restic in; one of restic's image when absent. */
  readonly job?: ProgramJob;
  /** A shell script to run in place of restic, whose command line it gets as arguments. */
  readonly script?: string;
  /** Ends restic early. */
  readonly stop?: AbortSignal;
  /** Seconds that the call may take on another machine. When absent, there is no limit while the server answers. */
  readonly withinSeconds?: number;
  /** Called with each line of standard output, except problems. When absent, these lines are in the result. */
  onLine?(line: string): void;
  /** Called with each message about a problem, as restic writes it. */
  onProblem?(line: string): void;
  /** Called first with each line of standard error. @returns whether the line needs no further handling */
  onSaid?(line: string): boolean;
}

/**
 * Runs restic in a container of its own.
 *
 * @returns the lines of standard output if there is no `onLine`, and all other messages
 * @throws RepositoryError with these messages, unless restic exits with 0
 */
export async function runRestic(
  access: ResticAccess,
  call: ResticCall,
): Promise<{ answered: string[]; said: string[] }> {
  const { engine } = access;
  const answered: string[] = [];
  const said: string[] = [];
  const onLine = call.onLine ?? ((line: string) => void answered.push(line));
  await nameUser(access, call);
  const watch = watchTarget(access, call);
  const session: JobSession = {
    ...sessionInput(access, call),
    stop: AbortSignal.any([watch.stop, ...(call.stop === undefined ? [] : [call.stop])]),
    onLine(line, stream) {
      if (stream === 'stderr' && call.onSaid?.(line)) return;
      watch.heard(line);
      const problem = messages.problem(line);
      if (problem !== undefined) call.onProblem?.(line);
      if (problem === undefined && stream === 'stdout') {
        onLine(line);
      } else if (line.trim() !== '') {
        said.push(problem ?? line.trim());
        // The first and the last messages are the most useful ones.
        if (said.length > keptLines) said.splice(keptLines / 2, 1);
      }
    },
  };
  const following = engine.follow(resticJob(access, call), session);
  const { exitCode } = await following.catch(noDirectory(access, call)).finally(watch.end);
  if (exitCode !== 0) {
    throw new RepositoryError(watch.verdict() ?? failureOf(exitCode, said), call.stage, said);
  }
  return { answered, said };
}

const keptLines = 1000;

async function nameUser({ place, owner }: ResticAccess, { user = owner }: ResticCall): Promise<void> {
  if (place.kind === 'sftp') await writeNames(place, user);
}

/**
 * Turns the engine's error about a missing mount source into the failure `missing`. Throws other errors unchanged.
 */
export function noDirectory({ place }: ResticAccess, { stage }: Pick<ResticCall, 'stage'>) {
  return (error: unknown): never => {
    const isMissing =
      place.kind === 'local' && messageOf(error).includes(`bind source path does not exist: ${place.path}`);
    throw isMissing ? new RepositoryError('missing', stage, [`${place.path} is not there`]) : error;
  };
}

/** The standard input of a call: the files with the credentials, and then a typed key or the call's own input. */
export function sessionInput(
  { place, key: own }: ResticAccess,
  { key = own, input }: ResticCall,
): Pick<JobSession, 'input'> {
  if ('typed' in key && input !== undefined) {
    throw new Error('a typed key and other input cannot both be given to restic');
  }
  const parts = [
    ...(place.kind === 'local' ? [] : [filesInput(remoteAccess(place))]),
    ...('typed' in key ? [`${key.typed.reveal()}\n`] : []),
    ...(input === undefined ? [] : [input]),
  ];
  return parts.length === 0 ? {} : { input: Buffer.concat(parts.map((part) => Buffer.from(part))) };
}

/** The hostname in locks and snapshots. A container's own hostname would differ each time. */
export function repositoryHost({ project }: Pick<ResticAccess, 'project'>): string {
  return project.slice(0, 63);
}

export function resticJob(access: ResticAccess, call: ResticCall): MountedJob {
  const { project, image, place, owner } = access;
  const { job, user = owner, reads = false } = call;
  const key = call.key ?? access.key;
  const keyFile = 'file' in key ? [{ source: key.file, target: places.key }] : [];
  const way = wayTo(place, { reads, user });
  const command = [
    job === undefined ? '/usr/bin/restic' : places.binary,
    '--json',
    '--no-cache',
    ...way.arguments,
    ...('file' in key ? [`--password-file=${places.key}`] : []),
    ...('file' in key && key.id !== undefined ? [`--key-hint=${key.id}`] : []),
    ...(reads ? ['--no-lock'] : []),
    ...call.arguments,
  ];
  const script = scriptOf(way.script, call.script);
  return {
    project,
    image: job?.image ?? image,
    // New files of the repository get the group of the process that writes them.
    user: { uid: user.uid, gid: owner.gid },
    groups: user.gid === owner.gid ? [] : [user.gid],
    hostname: repositoryHost(access),
    entrypoint: script === undefined ? command : ['/bin/sh', '-euc', script, 'sh', ...command],
    // GOGC halves the usual memory at the cost of some processor time. Progress is one line per second.
    environment: {
      ...{ GOGC: '20', RESTIC_PROGRESS_FPS: '1', TMPDIR: '/tmp' },
      ...way.environment,
      ...job?.environment,
    },
    mounts: [
      ...way.mounts,
      ...keyFile,
      ...(job === undefined ? [] : [{ source: job.binary, target: places.binary }, ...job.mounts]),
      ...(call.mounts ?? []),
    ] satisfies Mount[],
    tmpfs: [{ target: '/tmp', sizeMegabytes: 128, mode: 0o1777 }, ...(job?.tmpfs ?? [])],
    networks: [...way.networks, ...(job?.networks ?? [])],
    memoryMegabytes: 256,
    // Half the weight of a service: nobody waits for a backup.
    processorWeight: 256,
  };
}

interface Way extends Required<Pick<MountedJob, 'environment' | 'mounts' | 'networks'>> {
  readonly arguments: readonly string[];
  /** The beginning of a shell script, which comes before everything else that the container runs. */
  readonly script?: string;
}

/** Only what a container needs to reach a repository. */
function wayTo(place: RepositoryPlace, { reads, user }: { reads: boolean; user: Owner }): Way {
  if (place.kind === 'local') {
    return {
      arguments: [`--repo=${places.repository}`],
      environment: {},
      mounts: [{ source: place.path, target: places.repository, writable: !reads }],
      networks: [],
    };
  }
  const remote = remoteAccess(place);
  const { arguments: options, environment } = remote;
  return {
    ...{ arguments: options, environment, networks: ['outward'], script: takeFiles(remote) },
    mounts: place.kind === 'sftp' ? [{ source: namesFile(place, user), target: '/etc/passwd' }] : [],
  };
}

function scriptOf(before: string | undefined, script: string | undefined): string | undefined {
  return before === undefined ? script : `${before}\n${script ?? 'exec "$@"'}`;
}
