import * as z from 'zod';
import type { Progress, RepositoryKey, SavedSnapshot, Snapshot, SnapshotEntry } from './repository.ts';

// Documentation of restic 0.19, "Scripting", section "JSON output".

const status = z.object({
  message_type: z.literal('status'),
  bytes_done: z.number().default(0),
  bytes_restored: z.number().default(0),
  total_bytes: z.number().default(0),
  files_done: z.number().default(0),
  files_restored: z.number().default(0),
  total_files: z.number().default(0),
  seconds_remaining: z.number().optional(),
});

const summary = z
  .object({
    message_type: z.literal('summary'),
    snapshot_id: z.string(),
    total_bytes_processed: z.number(),
    total_files_processed: z.number(),
    data_added_packed: z.number(),
  })
  .transform(
    (found): Omit<SavedSnapshot, 'said' | 'vanished'> => ({
      snapshot: found.snapshot_id,
      bytes: found.total_bytes_processed,
      added: found.data_added_packed,
      files: found.total_files_processed,
    }),
  );

const problem = z.object({
  message_type: z.enum(['error', 'exit_error']),
  message: z.string().optional(),
  error: z.object({ message: z.string() }).optional(),
  item: z.string().optional(),
});

const snapshots = z.array(
  z
    .object({
      id: z.string(),
      time: z.string(),
      hostname: z.string(),
      tags: z.array(z.string()).nullish(),
      paths: z.array(z.string()),
      summary: z.object({ total_bytes_processed: z.number() }).optional(),
    })
    .transform(
      ({ summary: found, tags, ...snapshot }): Snapshot => ({
        ...snapshot,
        tags: tags ?? [],
        bytes: found?.total_bytes_processed ?? 0,
      }),
    ),
);

const keys = z
  .array(z.object({ id: z.string(), current: z.boolean(), userName: z.string(), created: z.string() }))
  .transform((all): RepositoryKey[] => all.map(({ userName, ...key }) => ({ ...key, name: userName })));

const node = z
  .object({
    message_type: z.literal('node'),
    path: z.string(),
    type: z.string(),
    size: z.number().default(0),
    uid: z.number(),
    gid: z.number(),
    mode: z.number(),
  })
  .transform(
    ({ path, type, size, uid, gid, mode }): SnapshotEntry => ({
      path,
      type,
      size,
      owner: { uid, gid },
      // Go's own bits for the kind of a file are above these.
      mode: mode & 0o777,
    }),
  );

const config = z.object({ id: z.string() });
const lock = z.object({ hostname: z.string() });
const lists = z.array(z.string());
const stats = z.object({ total_size: z.number() });

/** Parsers of restic's output. Unless stated otherwise, they return `undefined` for any other text. */
export const messages = {
  snapshots: (text: string) => parsed(snapshots, text),
  keys: (text: string) => parsed(keys, text),
  repositoryId: (text: string) => parsed(config, text)?.id,
  lockHost: (text: string) => parsed(lock, text)?.hostname,
  storedBytes: (text: string) => parsed(stats, text)?.total_size,
  /** One line of a listing. */
  entry: (line: string) => parsed(node, line),
  /** The last line of a backup. */
  saved: (line: string) => parsed(summary, line),
  /** IDs, one on each line or as a JSON list; none for any other text. */
  ids: (text: string): string[] =>
    parsed(lists, text) ?? text.split('\n').filter((line) => /^[0-9a-f]{64}$/.test(line)),
  /** A line that the saved program wrote to its standard error; restic puts a prefix before it. */
  said: (line: string) => /^subprocess [^:]*: (.*)$/.exec(line)?.[1],
  /** The text of an error message, in one line. */
  problem(line: string): string | undefined {
    const found = parsed(problem, line);
    if (found === undefined) {
      return undefined;
    }
    const said = (found.error?.message ?? found.message ?? '').trim().replaceAll(/\s*\n\s*/g, ' ');
    return found.item ? `${found.item}: ${said}` : said;
  },
  /** The path of a file that no longer existed when restic read it. */
  vanished(line: string): string | undefined {
    const found = parsed(problem, line);
    return found?.message_type === 'error' && found.error?.message.endsWith(': no such file or directory')
      ? found.item
      : undefined;
  },
  /** Whether the line is the last error message, which follows those about the causes. */
  isEnd: (line: string) => parsed(problem, line)?.message_type === 'exit_error',
  progress(line: string): Progress | undefined {
    const found = parsed(status, line);
    return (
      found && {
        bytes: found.bytes_done + found.bytes_restored,
        totalBytes: found.total_bytes,
        files: found.files_done + found.files_restored,
        totalFiles: found.total_files,
        // Restic does not know the size of a stream: the time that it then reports has overflowed.
        secondsLeft: found.total_bytes > found.bytes_done ? found.seconds_remaining : undefined,
      }
    );
  },
};

function parsed<Value>(schema: z.ZodType<Value>, text: string): Value | undefined {
  const result = schema.safeParse(jsonOf(text));
  return result.success ? result.data : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
