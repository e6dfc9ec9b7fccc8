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

/** How a repository is reached, and by what. */
export interface ResticAccess {
  readonly engine: Engine;
  readonly project: string;
  /** Restic's, on this host. */
  readonly image: string;
  readonly place: RepositoryPlace;
  /** Whose the repository is, where it is a directory of this host. Others read and write it by this group. */
  readonly owner: Owner;
  readonly key: ResticKey;
  /** What the time that another machine may take is multiplied by; 1 when absent. */
  readonly patience?: number | undefined;
}

export type ResticKey =
  /**
   * On the host; the users of the containers may read it. Restic tries the key of this ID first, and else all in turn until
   * one opens: a damaged one before that ends it.
   */
  | { readonly file: string; readonly id?: string | undefined }
  /** What somebody has typed, which is in no file. */
  | { readonly typed: Secret };

/** Where a container sees the repository, the key, and restic in a container of another image. */
const places = {
  repository: '/repository',
  key: '/run/matrix-deploy/backup.key',
  binary: '/usr/local/bin/restic',
} as const;

/** Who a local repository belongs to: its group is that of everything that a deployment writes into one. */
export const repositoryOwner: Owner = { uid: 991, gid: 991 };

/** One call of restic. */
export interface ResticCall {
  /** What is being done, for errors. */
  readonly stage: string;
  readonly arguments: readonly string[];
  /** Whose rights it has, beside the group of the repository's owner; the owner when absent. */
  readonly user?: Owner;
  /** Does it only read the repository? Then nothing needs to be locked, and it may be on a read-only disk. */
  readonly reads?: boolean;
  readonly mounts?: MountedJob['mounts'];
  /** Opens the repository in place of the access's own. */
  readonly key?: ResticKey;
  /** For its standard input, after a typed key. */
  readonly input?: string | Uint8Array;
  /** In place of restic's own container. */
  readonly job?: ProgramJob;
  /** A script of the shell in place of the program, which gets its command line as arguments. */
  readonly script?: string;
  /** Ends it before its time. */
  readonly stop?: AbortSignal;
  /** Seconds that a server may take for all of it; without limit when absent, as long as it answers. */
  readonly withinSeconds?: number;
  /** Told of what it answers; otherwise that is in the result. */
  onLine?(line: string): void;
  /** Told of what has gone wrong, as restic writes it. */
  onProblem?(line: string): void;
  /** Told of what it says beside that. @returns whether that is no more to be kept */
  onSaid?(line: string): boolean;
}

/**
 * Runs restic in a container of its own.
 *
 * @returns the lines of its standard output that nobody was told of, and what else it said
 * @throws RepositoryError with what it said, unless it ended with 0
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
        // What comes first and last tells most.
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

/** Takes what the engine says of a mount whose source is not there for a missing repository, and throws anything else as it is. */
export function noDirectory({ place }: ResticAccess, { stage }: Pick<ResticCall, 'stage'>) {
  return (error: unknown): never => {
    const isMissing =
      place.kind === 'local' && messageOf(error).includes(`bind source path does not exist: ${place.path}`);
    throw isMissing ? new RepositoryError('missing', stage, [`${place.path} is not there`]) : error;
  };
}

/** What a call gets through its standard input: the files that open the way, a typed key, and what is to be saved. */
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

/** The name of the host in locks and snapshots: that of a container would be another one each time. */
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
    // Files of the repository get the group of who writes them.
    user: { uid: user.uid, gid: owner.gid },
    groups: user.gid === owner.gid ? [] : [user.gid],
    hostname: repositoryHost(access),
    entrypoint: script === undefined ? command : ['/bin/sh', '-euc', script, 'sh', ...command],
    // Half of the usual memory for some more work; one line of progress a second.
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
    // Half of what a service has: nobody waits for it.
    processorWeight: 256,
  };
}

interface Way extends Required<Pick<MountedJob, 'environment' | 'mounts' | 'networks'>> {
  readonly arguments: readonly string[];
  /** Goes before whatever is run. */
  readonly script?: string;
}

/** What a container needs to reach a repository, and no more. */
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
