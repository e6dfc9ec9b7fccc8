import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Engine, JobSession, MountedJob } from '../../src/docker/engine.ts';
import type { FakeWorld } from './world.ts';

interface FakeSnapshot {
  readonly id: string;
  readonly tags: readonly string[];
  /** By path in the snapshot. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/**
 * Gives a world the program that keeps backups, with one repository on this host. The only content of a dump is the
 * names of the tables that it counts: each has one row.
 *
 * @returns the snapshots, the oldest first
 */
export function fakeRestic(world: FakeWorld): FakeSnapshot[] {
  const snapshots: FakeSnapshot[] = [];
  const keys: { id: string; userName: string; created: string; current: boolean }[] = [];
  const id = newId();
  const { run } = world.engine;

  const save = async (job: MountedJob, { options, rest }: Words, session: JobSession) => {
    const named = valuesOf(options, 'stdin-filename')[0];
    const tags = valuesOf(options, 'tag').flatMap((tag) => tag.split(','));
    const files = new Map<string, Buffer>();
    if (options.includes('--stdin-from-command')) {
      for (const line of rowsOf(rest.join(' '))) session.onLine?.(`subprocess sh: ${line}`, 'stderr');
      files.set(`/${named}`, Buffer.from(rest.join(' ')));
    } else if (named !== undefined) {
      // The first line tells how many bytes follow.
      const input = Buffer.from(session.input ?? '');
      files.set(`/${named}`, input.subarray(input.indexOf('\n') + 1));
    } else {
      const [at = ''] = rest;
      const source = job.mounts.find(({ target }) => target === at)?.source ?? '';
      for (const path of await filesBelow(source))
        files.set(`${at}/${path}`, await readFile(join(source, path)));
    }
    const snapshot = { id: newId(), tags, files };
    snapshots.push(snapshot);
    const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    return JSON.stringify({
      ...{ message_type: 'summary', snapshot_id: snapshot.id },
      ...{ total_bytes_processed: bytes, total_files_processed: files.size, data_added_packed: bytes },
    });
  };

  const addKey = (options: readonly string[]) => {
    const userName = valuesOf(options, 'user')[0] ?? '';
    keys.push({ id: newId(), userName, created: new Date().toISOString(), current: keys.length === 0 });
    return '';
  };
  const find = (options: readonly string[], hostname: string) => {
    const wanted = valuesOf(options, 'tag').flatMap((tag) => tag.split(','));
    const found = snapshots.filter(({ tags }) => wanted.every((tag) => tags.includes(tag)));
    const about = { time: new Date().toISOString(), hostname, paths: [] };
    return JSON.stringify(found.map(({ id, tags }) => ({ ...about, id, tags })));
  };
  const filesOf = (snapshot: string | undefined) => [
    ...(snapshots.find((one) => one.id === snapshot)?.files ?? []),
  ];
  const list = (snapshot: string | undefined) =>
    filesOf(snapshot)
      .map(([path, { length: size }]) => ({ path, type: 'file', size, uid: 0, gid: 0, mode: 0o600 }))
      .map((entry) => JSON.stringify({ message_type: 'node', ...entry }))
      .join('\n');
  /** A file itself, or what the program writes that gets it. */
  const dump = ({ entrypoint }: MountedJob, [snapshot, path]: readonly string[]) => {
    const content = String(filesOf(snapshot).find(([name]) => name === path)?.[1] ?? '');
    const script = entrypoint[2] ?? '';
    if (!script.includes('restic-said')) return content;
    return script.includes('whole') ? 'whole 0' : rowsOf(content).join('\n');
  };
  const restore = async ({ mounts }: MountedJob, from = '') => {
    const [id, below = ''] = from.split(':');
    const target = mounts.find((mount) => mount.target === '/target')?.source ?? '';
    for (const [path, content] of filesOf(id).filter(([path]) => path.startsWith(below))) {
      const place = join(target, path.slice(below.length));
      await mkdir(dirname(place), { recursive: true });
      await writeFile(place, content);
    }
    return '';
  };

  type Answer = (job: MountedJob, words: Words, session: JobSession) => Promise<string> | string;
  const answers: Readonly<Record<string, Answer>> = {
    'cat config': () => JSON.stringify({ id }),
    init: (_job, { options }) => addKey(options),
    'key add': (_job, { options }) => addKey(options),
    'key list': () => JSON.stringify(keys),
    'list locks': () => '',
    backup: (job, words, session) => save(job, words, session),
    snapshots: ({ project }, { options }) => find(options, project),
    ls: (_job, { rest }) => list(rest[0]),
    dump: (job, { rest }) => dump(job, rest),
    restore: (job, { rest }) => restore(job, rest[0]),
    check: () => '',
    stats: () => JSON.stringify({ total_size: 1 }),
  };

  /** What a one-off container writes. */
  const answer = async (job: MountedJob, session: JobSession): Promise<string> => {
    if (job.mounts.some(({ target }) => target === '/dumps')) {
      await writeFile(join(job.mounts[0]?.source ?? '', 'PG_VERSION'), '17\n');
      return rowsOf(job.entrypoint.join(' ')).join('\n');
    }
    if (job.mounts.some(({ target }) => target === '/digests')) return 'whole 0';
    const words = parsed(job.entrypoint);
    const answered = await answers[words.verb]?.(job, words, session);
    if (answered === undefined) throw new Error(`no answer to restic ${words.verb}`);
    return answered;
  };

  Object.assign(world.engine, {
    async run(job) {
      if (!job.entrypoint.join(' ').includes('cp /usr/bin/restic')) return run(job);
      await mkdir(job.mounts[0]?.source ?? '');
      return { exitCode: 0, output: '' };
    },
    async follow(job, session = {}) {
      const isOpening = parsed(job.entrypoint).verb === 'cat config';
      if (isOpening && keys.length === 0) return { exitCode: noRepository };
      for (const line of (await answer(job, session)).split('\n')) session.onLine?.(line, 'stdout');
      return { exitCode: 0 };
    },
  } satisfies Partial<Engine>);
  return snapshots;
}

/** Restic's exit code for a repository that does not exist (restic's documentation, "Exit codes"). */
const noRepository = 10;

function newId(): string {
  return randomBytes(32).toString('hex');
}

/** One row in each table that a dump counts. */
function rowsOf(dump: string): string[] {
  return [...dump.matchAll(/'rows ((?:\S+ )?\S+) '/g)].map(([, table]) => `rows ${table} 1`);
}

interface Words {
  readonly verb: string;
  readonly options: readonly string[];
  readonly rest: readonly string[];
}

function parsed(entrypoint: readonly string[]): Words {
  const start = entrypoint.findIndex((word) => word.endsWith('/restic'));
  const words = entrypoint.slice(start + 1);
  const end = words.indexOf('--');
  const before = end < 0 ? words : words.slice(0, end);
  const plain = before.filter((word) => !word.startsWith('--'));
  const isPair = ['cat', 'key', 'list'].includes(String(plain[0]));
  return {
    verb: plain.slice(0, isPair ? 2 : 1).join(' '),
    options: before.filter((word) => word.startsWith('--')),
    rest: end < 0 ? [] : words.slice(end + 1),
  };
}

function valuesOf(options: readonly string[], name: string): string[] {
  return options.filter((one) => one.startsWith(`--${name}=`)).map((one) => one.slice(name.length + 3));
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
}
