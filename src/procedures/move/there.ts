import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { ManifestPart } from '../../backup/manifest.ts';
import { messageOf, UserError } from '../../errors.ts';
import type { ProgramResult } from '../../host/child-process.ts';
import type { RemoteHost } from '../../host/ssh.ts';
import { lastLines } from '../../host/text.ts';
import { objectIn } from '../../json-object.ts';
import { layout } from '../../layout.ts';
import type { Secret } from '../../secrets/secret.ts';
import type { MoveRecord } from '../../state/move.ts';
import { stateText } from '../../state/state-file.ts';
import { answerOf, runTool } from './install-tool.ts';
import { copyOf } from './look.ts';

/** The server's place on the other host. */
export interface There {
  readonly remote: RemoteHost;
  /** The deployment directory there, absolute. */
  readonly directory: string;
  /** Flags with which that host is checked. */
  readonly hostFlags: readonly string[];
  note(text: string): void;
}

/** What the other host is told of the server that it is to take. */
export interface Announced {
  /** The text of matrix.yaml. */
  readonly config: string;
  /** PEM of CA certificates that matrix.yaml names. */
  readonly roots: string | undefined;
  /** By tag, the digests of images. */
  readonly images: Readonly<Record<string, string>>;
  /** What it will have to hold; absent where that is not known yet. */
  readonly parts?: readonly Pick<ManifestPart, 'kind' | 'bytes' | 'files'>[];
}

/** The names' records lead to the old host, and certificates come along. */
const beforeDns = ['dns', 'cdn'].flatMap((name) => ['--skip-check', name]);

/**
 * Has the other host checked by this program there, Docker installed where that was asked for, and the images pulled.
 *
 * @returns the addresses of its interfaces
 */
export async function prepareThere(there: There, announced: Announced): Promise<readonly string[]> {
  const flags = [...beforeDns, ...there.hostFlags];
  const answer = await tool(there, ['move', '--receive', ...flags], JSON.stringify(announced));
  return (answer as { addresses: string[] }).addresses;
}

/**
 * Restores the set there and starts the server. Goes on where a run before was cut off: with what that has put together, or
 * when it has ended, where it is still at work.
 *
 * @param key what opens the backups
 */
export async function serveThere(there: There, set: string, key: Secret): Promise<void> {
  const flags = [...beforeDns, ...there.hostFlags];
  const restore = ['restore', set, '--from', copyOf(there.directory), '--key-file', '-', ...flags];
  const apply = () => tool(there, ['apply', ...flags]);
  await whenFree(there, async () => {
    if (await isDeployed(there)) return apply();
    try {
      return await tool(there, restore, key.reveal());
    } catch (error) {
      // The run that was at work there has put everything into its place just now.
      if (error instanceof RemoteFailure && error.code === 'restore.used' && (await isDeployed(there))) {
        return apply();
      }
      throw error;
    }
  });
}

/** Exit codes by which this program says that it has done what it was asked: 8 tells of findings besides. */
const done: readonly unknown[] = [0, 8];
const locked = 7;
const lockSeconds = 3600;

async function whenFree<Result>({ note }: There, action: () => Promise<Result>): Promise<Result> {
  for (let waited = 0; ; waited += 2) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof RemoteFailure) || error.exitCodeThere !== locked || waited >= lockSeconds) {
        throw error;
      }
      if (waited === 0) note(messageOf(error));
      await sleep(2000);
    }
  }
}

async function isDeployed({ remote, directory }: There): Promise<boolean> {
  const { exitCode } = await remote.run('test -e "$1"', [`${directory}/${layout.config}`]);
  return exitCode === 0;
}

/** Ends the run of this program that a connection has left behind there, which then has nobody to finish it. */
const endRun = `
  pid=$(sed -n 's/.*"pid":\\([0-9]*\\).*/\\1/p' "$1/state/lock" 2>/dev/null || true)
  if [ -n "$pid" ] && tr '\\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q matrix-deploy; then
    kill "$pid"; for i in $(seq 300); do [ -e "/proc/$pid" ] || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
  fi`;

/** The directory itself may be a mount point. */
const removeAll = `
  rm -rf -- "$2"
  if [ -d "$1" ]; then
    find "$1" -mindepth 1 ! -name lost+found -delete; rmdir "$1" 2>/dev/null || true
  fi`;

/**
 * Stops the server there and keeps it from being started. What never served for certain is deleted with all its data; what
 * did is kept, without containers.
 *
 * @param record of the move, where the server has served there
 */
export async function takeAwayThere(
  there: There,
  { project, serverName, served }: { project: string; serverName: string; served: MoveRecord | undefined },
): Promise<void> {
  const { remote, directory } = there;
  await remote.run(endRun, [directory]);
  if (await isDeployed(there)) {
    if (served !== undefined) {
      const write = 'cat >"$1.new" && mv "$1.new" "$1"';
      const text = stateText({ ...served, phase: 'given-up' } satisfies MoveRecord);
      await must(there, write, [`${directory}/${layout.move}`], text);
    }
    await tool(
      there,
      served === undefined ? ['destroy', '--delete-data', '--confirm', serverName] : ['destroy', '--yes'],
    );
  }
  const label = `label=com.docker.compose.project=${project}`;
  const list = 'if command -v docker >/dev/null; then docker ps --all --quiet --filter "$1"; fi';
  const left = await must(there, list, [label]);
  if (left.trim() !== '') {
    throw new UserError(`containers of ${serverName} are still there on ${remote.name}`, {
      code: 'move.there',
      hint: 'Remove them there, then run the command again.',
    });
  }
  // A restore that was cut off has left what belongs to users of containers.
  if (served === undefined) await must(there, removeAll, [directory, copyOf(directory)]);
}

async function must(
  { remote }: There,
  script: string,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const result = await remote.run(script, args, input === undefined ? {} : { input });
  if (result.exitCode !== 0) throw new RemoteFailure(remote.name, result);
  return result.stdout;
}

/** Runs this program there in the deployment directory. @returns its answer */
async function tool(there: There, argv: readonly string[], input?: string): Promise<unknown> {
  const { remote, directory, note } = there;
  const result = await runTool(remote, [...argv, '--json', '--dir', directory], {
    ...(input === undefined ? {} : { input }),
    onError: (line) => {
      if (!line.startsWith('{')) note(`${remote.name}: ${line}`);
    },
  });
  const answer = objectIn(answerOf(result));
  if (!done.includes(result.exitCode) || answer === undefined) throw new RemoteFailure(remote.name, result);
  return answer;
}

/** What was done on the other host failed, in the words that it has for it. */
class RemoteFailure extends UserError {
  readonly exitCodeThere: number | undefined;

  constructor(host: string, { exitCode, output }: ProgramResult) {
    const failure = failureIn(output);
    super(`${host}: ${failure?.message ?? `it ended with ${exitCode}`}`, {
      code: failure?.code ?? 'move.there',
      details: failure?.details ?? lastLines(output),
      hint: failure?.hint,
    });
    this.exitCodeThere = exitCode;
  }
}

const told = z.object({
  code: z.string(),
  message: z.string(),
  details: z.array(z.string()).optional(),
  hint: z.string().optional(),
});

type Told = z.output<typeof told>;

/** The error that `--json` writes, where there is one in an output. */
function failureIn(output: string): Told | undefined {
  const line = output.split('\n').find((one) => one.startsWith('{"schemaVersion"')) ?? '';
  return told.safeParse(objectIn(line)?.error).data;
}
