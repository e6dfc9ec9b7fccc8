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

/** The other host, and the server's place on it. */
export interface There {
  readonly remote: RemoteHost;
  /** The deployment directory there, absolute. */
  readonly directory: string;
  /** Flags for the preflight checks on that host. */
  readonly hostFlags: readonly string[];
  note(text: string): void;
}

/** What the old host tells the other host about the server that moves there. */
export interface Announced {
  /** The text of matrix.yaml. */
  readonly config: string;
  /** PEM of CA certificates that matrix.yaml names. */
  readonly roots: string | undefined;
  /** By tag, the digests of images. */
  readonly images: Readonly<Record<string, string>>;
  /** The parts of the backup, for which that host needs space; absent if they are not known yet. */
  readonly parts?: readonly Pick<ManifestPart, 'kind' | 'bytes' | 'files'>[];
}

/** Skips the checks of DNS records: these still lead to the old host, and the certificates are moved, too. */
const beforeDns = ['dns', 'cdn'].flatMap((name) => ['--skip-check', name]);

/**
 * Runs this program on the other host, where it checks the host, installs Docker if requested, and pulls the images.
 *
 * @returns the addresses of its interfaces
 */
export async function prepareThere(there: There, announced: Announced): Promise<readonly string[]> {
  const flags = [...beforeDns, ...there.hostFlags];
  const answer = await tool(there, ['move', '--receive', ...flags], JSON.stringify(announced));
  return (answer as { addresses: string[] }).addresses;
}

/**
 * Restores the set on the other host and starts the server. Continues an interrupted run: uses what that run has
 * restored, and if that run is still working there, waits until it has ended.
 *
 * @param key opens the repository of the backups
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
      // An earlier run that was still working there has just completed the restore.
      if (error instanceof RemoteFailure && error.code === 'restore.used' && (await isDeployed(there))) {
        return apply();
      }
      throw error;
    }
  });
}

/** Exit codes of this program for success: 8 means success with findings. */
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

/** Ends a run of this program that still works there after its connection was lost. */
const endRun = `
  pid=$(sed -n 's/.*"pid":\\([0-9]*\\).*/\\1/p' "$1/state/lock" 2>/dev/null || true)
  if [ -n "$pid" ] && tr '\\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q matrix-deploy; then
    kill "$pid"; for i in $(seq 300); do [ -e "/proc/$pid" ] || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
  fi`;

/** Deletes the copy of the backups, and the deployment directory; if that is a mount point, only what is in it. */
const removeAll = `
  rm -rf -- "$2"
  if [ -d "$1" ]; then
    find "$1" -mindepth 1 ! -name lost+found -delete; rmdir "$1" 2>/dev/null || true
  fi`;

/**
 * Stops the server on the other host and prevents it from being started there again. If the server was seen to serve
 * there, its files are kept, and only its containers are removed; otherwise it is deleted with all its data.
 *
 * @param served the record of the move, if the server was seen to serve there
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
  // An interrupted restore has left files that belong to the users of containers.
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

/** Runs this program on the other host, for the deployment directory there. @returns its answer */
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

/** A command on the other host has failed: the error has the message that was reported there. */
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

/** The error that `--json` has written; `undefined` if the output has none. */
function failureIn(output: string): Told | undefined {
  const line = output.split('\n').find((one) => one.startsWith('{"schemaVersion"')) ?? '';
  return told.safeParse(objectIn(line)?.error).data;
}
