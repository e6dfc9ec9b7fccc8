import { failureIn, RepositoryError } from './failure.ts';
import type { Progress, Repository, SaveRequest, SnapshotEntry } from './repository.ts';
import { createScript, makeDirectory, unlockScript, wholeScript } from './restic-directory.ts';
import { feedProgram } from './restic-feed.ts';
import { type ResticAccess, type ResticCall, repositoryHost, runRestic } from './restic-job.ts';
import { messages } from './restic-messages.ts';
import { savePiped } from './restic-piped.ts';
import { saveCall } from './restic-save.ts';
import { areGone, mostComplaints, vanishedFiles } from './vanished.ts';

/** Opens a repository of restic. Each call runs in a container of its own. */
export function openRestic(access: ResticAccess): Repository {
  const run = (call: ResticCall) => runRestic(access, call);
  const isRemote = access.place.kind !== 'local';
  const asked = async <Value>(call: ResticCall, read: (text: string) => Value | undefined): Promise<Value> =>
    understood(read((await run({ ...call, reads: true })).answered.join('\n')), call);
  const remove = async (call: ResticCall) => {
    await run(call).catch(async (error) => {
      if (!isRemote || !isRefusal(error)) throw error;
      // If the server refuses only deletions, reading still works. Otherwise this throws.
      await repository.id();
      throw new RepositoryError('append-only', call.stage, error.details);
    });
  };
  const repository: Repository = {
    id: () => asked({ stage: 'opening the repository', arguments: ['cat', 'config'] }, messages.repositoryId),
    async exists() {
      const opening = { stage: 'opening the repository', arguments: ['cat', 'config'], reads: true };
      // On another machine, only restic itself can see whether the repository is complete.
      const script = isRemote ? {} : { script: wholeScript };
      return unless('missing', run({ ...opening, ...script, withinSeconds: openingSeconds }));
    },
    async create() {
      await makeDirectory(access);
      if (await repository.exists()) {
        throw new RepositoryError('exists', 'creating the repository');
      }
      const script = isRemote ? {} : { script: createScript };
      await run({ stage: 'creating the repository', arguments: ['init'], ...script });
    },
    async addKey(password, name) {
      await run({
        stage: 'adding a key',
        arguments: ['key', 'add', `--user=${name}`, `--host=${repositoryHost(access)}`],
        input: `${password.reveal()}\n`,
      });
    },
    async opensWith(password) {
      const opening = { stage: 'opening the repository', arguments: ['cat', 'config'], reads: true };
      return unless('key', run({ ...opening, key: { typed: password } }));
    },
    keys: () => asked({ stage: 'listing the keys', arguments: ['key', 'list'] }, messages.keys),
    async removeKey(id) {
      await run({ stage: 'removing a key', arguments: ['key', 'remove', id] });
    },
    async save(request, onProgress) {
      const lines: string[] = [];
      const complaints: string[] = [];
      const call: ResticCall = {
        ...saveCall(access, request),
        onLine: heard(lines, onProgress),
        onProblem(line) {
          if (complaints.length <= mostComplaints) complaints.push(line);
        },
      };
      const savedIn = () => lines.map(messages.saved).find((found) => found !== undefined);
      const { source } = request;
      try {
        if (isRemote && source.kind === 'command') {
          const { said } = await savePiped(access, { ...request, source }, call);
          return { ...understood(savedIn(), call), said, vanished: [] };
        }
        const { said } = await run(call);
        const told = said.flatMap((line) => messages.said(line) ?? []);
        return { ...understood(savedIn(), call), said: told, vanished: [] };
      } catch (error) {
        // Restic creates a snapshot of what it could read, even if it fails.
        const incomplete = savedIn();
        if (incomplete === undefined) throw asTold(error, call);
        const vanished = vanishedFrom(request, error, complaints);
        if (vanished !== undefined && (await areGone(access, call, vanished))) {
          return { ...incomplete, said: [], vanished };
        }
        await repository.forget([incomplete.snapshot]);
        throw error;
      }
    },
    async snapshots(tags = []) {
      const wanted = tags.length === 0 ? [] : [`--tag=${tags.join(',')}`];
      const call = { stage: 'listing the snapshots', arguments: ['snapshots', ...wanted] };
      const found = await asked(call, messages.snapshots);
      return found.sort((one, other) => Date.parse(one.time) - Date.parse(other.time));
    },
    async check(data) {
      const read = { none: [], all: ['--read-data'] };
      const selection = data === 'none' || data === 'all' ? read[data] : [`--read-data-subset=${data}`];
      await run({ stage: 'checking the repository', arguments: ['check', ...selection], reads: true });
    },
    async read(snapshot, path) {
      const call = { stage: `reading ${path}`, arguments: ['dump', '--', snapshot, path], reads: true };
      let size = 0;
      const lines: string[] = [];
      await run({
        ...call,
        onLine(line) {
          size += line.length + 1;
          if (size <= longestText) lines.push(line);
        },
      });
      if (size > longestText) {
        throw new RepositoryError('failed', call.stage, [`it is longer than ${longestText} characters`]);
      }
      return lines.join('\n');
    },
    async list(snapshot) {
      const entries: SnapshotEntry[] = [];
      const onLine = (line: string) => {
        const entry = messages.entry(line);
        if (entry !== undefined) entries.push(entry);
      };
      await run({ stage: 'listing a snapshot', arguments: ['ls', '--', snapshot], reads: true, onLine });
      return entries;
    },
    async restore({ snapshot, path, target, user }, onProgress) {
      const from = path === '/' ? snapshot : `${snapshot}:${path}`;
      await run({
        stage: `restoring ${path}`,
        arguments: ['restore', '--target=/target', '--', from],
        reads: true,
        user,
        mounts: [{ source: target, target: '/target', writable: true }],
        onLine: heard([], onProgress),
      });
    },
    feed: (request) => feedProgram(access, request),
    async forget(snapshots) {
      if (snapshots.length === 0) return;
      await remove({ stage: 'removing old snapshots', arguments: ['forget', ...snapshots] });
    },
    prune: () => remove({ stage: 'freeing space in the repository', arguments: ['prune'] }),
    async unlockOurs() {
      const listing = { stage: 'looking for locks', arguments: ['list', 'locks'] };
      const locks = await asked(listing, messages.ids);
      for (const id of locks) {
        const reading = { stage: 'reading a lock', arguments: ['cat', 'lock', id] };
        const holder = await asked(reading, messages.lockHost);
        if (holder !== repositoryHost(access)) {
          throw new RepositoryError('locked', listing.stage, [`the lock belongs to a program on ${holder}`]);
        }
      }
      if (locks.length > 0) {
        const call = { stage: 'removing what killed runs have left', arguments: ['unlock', '--remove-all'] };
        await run({ ...call, ...(isRemote ? {} : { script: unlockScript }) });
      }
      return locks.length;
    },
    storedBytes: () =>
      asked(
        { stage: 'measuring the repository', arguments: ['stats', '--mode=raw-data'] },
        messages.storedBytes,
      ),
  };
  return repository;
}

/** The error to throw: for a failed program, only with the program's own messages and without those of restic. */
function asTold(error: unknown, { stage }: ResticCall): unknown {
  if (!(error instanceof RepositoryError) || error.failure !== 'source') return error;
  const told = error.details.flatMap((line) => messages.said(line) ?? []);
  return told.length === 0 ? error : new RepositoryError('source', stage, told);
}

/** The files that were deleted during the backup; `undefined` if anything else has failed. */
function vanishedFrom({ source }: SaveRequest, error: unknown, complaints: readonly string[]) {
  const isUnread = error instanceof RepositoryError && error.failure === 'unreadable';
  return isUnread && source.kind === 'directory' ? vanishedFiles(complaints, source.at) : undefined;
}

const longestText = 16 * 2 ** 20;

/** How long a server may take to say whether it has a repository. */
const openingSeconds = 40;

/** Whether the server has refused the request. */
function isRefusal(error: unknown): error is RepositoryError {
  return (
    error instanceof RepositoryError &&
    (error.failure === 'refused' || failureIn(error.details) === 'refused')
  );
}

/** Returns a handler that reports lines of progress, and adds all others to `lines`. */
function heard(lines: string[], onProgress: ((progress: Progress) => void) | undefined) {
  return (line: string) => {
    const progress = messages.progress(line);
    if (progress === undefined) {
      lines.push(line);
    } else {
      onProgress?.(progress);
    }
  };
}

/** @returns true if the action succeeds, and false if it fails with `failure`; any other error is thrown */
async function unless(failure: RepositoryError['failure'], action: Promise<unknown>): Promise<boolean> {
  try {
    await action;
    return true;
  } catch (error) {
    if (error instanceof RepositoryError && error.failure === failure) {
      return false;
    }
    throw error;
  }
}

function understood<Value>(value: Value | undefined, { stage }: Pick<ResticCall, 'stage'>): Value {
  if (value === undefined) {
    throw new RepositoryError('failed', stage, ['its answer cannot be understood']);
  }
  return value;
}
