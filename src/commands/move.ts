import { isAbsolute } from 'node:path';
import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import type { MoveRequest } from '../procedures/move/moving.ts';
import { declareCommand, inSession, type Session } from './command.ts';
import { agree } from './confirmation.ts';
import { checkOptions, declareHostFlags, type HostFlags, skippedChecks } from './host-flags.ts';
import { afterBackups } from './waiting.ts';

interface MoveFlags extends HostFlags {
  readonly directoryThere?: string;
  readonly sshOption: readonly string[];
  readonly address: readonly string[];
  readonly target?: string;
  readonly abort?: boolean;
  readonly newHostIsOff?: boolean;
  readonly receive?: boolean;
}

export function declareMove(program: Command, context: Context): void {
  const command = declareCommand(program, 'move', 'move the server to another host, over ssh', {
    'matrix-deploy move root@203.0.113.5': 'run it again to continue',
    'matrix-deploy move --abort': 'moves back to this host',
  })
    .argument('[host]', 'ssh destination: a name, user@name, or a Host of ~/.ssh/config')
    .option('--directory-there <directory>', 'deployment directory on that host (default: the same as here)')
    .addOption(repeatable('--ssh-option <option>', 'option for ssh, such as Port=2222; can be repeated'))
    .addOption(
      repeatable('--address <address>', 'public address of that host, if ssh uses another; can be repeated'),
    )
    .option('--target <name>', 'backup target of matrix.yaml whose backups are sent')
    .option('--abort', 'cancel a move: stop the server on the new host, and start it here')
    .option('--new-host-is-off', 'with --abort: do not contact the new host; only if it never starts again')
    .option('-y, --yes', 'do not prompt')
    .addOption(new Option('--receive', 'internal: run by move on the new host').hideHelp());
  declareHostFlags(command).action((host: string | undefined, flags) =>
    inSession<MoveFlags>('move', context, (session) => move(session, host))(flags),
  );
}

function repeatable(flags: string, description: string): Option {
  return new Option(flags, description)
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([], 'none');
}

async function move(session: Session<MoveFlags>, host: string | undefined): Promise<void> {
  const { flags } = session;
  if (flags.receive) return receive(session);
  if (flags.abort) return afterBackups(session, () => abort(session));
  const wanted = await requestOf(session, host);
  return afterBackups(session, () => moveTo(session, wanted));
}

type Wanted = Omit<MoveRequest, 'emit' | 'onProgress' | 'onSent'>;

/** @throws UsageError */
async function requestOf(
  { flags, directory }: Session<MoveFlags>,
  host: string | undefined,
): Promise<Wanted> {
  const { isIP } = await import('node:net');
  const { UsageError } = await import('../errors.ts');
  const { sshOption: options, address: addresses, target, directoryThere = directory } = flags;
  await skippedChecks(flags);
  const problem = [
    ...(host === undefined ? ['the new host is missing'] : []),
    ...(isAbsolute(directoryThere) ? [] : ['--directory-there must be an absolute path']),
    ...addresses.filter((one) => isIP(one) === 0).map((one) => `--address ${one} is not an IP address`),
    ...options
      .filter((one) => !/^\w+[= ].+$/.test(one))
      .map((one) => `--ssh-option ${one} is not of the form Name=value`),
  ][0];
  if (host === undefined || problem !== undefined) {
    throw new UsageError(problem ?? '', {
      code: 'usage.move',
      hint: 'Nothing was done. For example: matrix-deploy move root@203.0.113.5.',
    });
  }
  return { host, directoryThere, options, addresses, target, hostFlags: hostFlagsOf(flags) };
}

/** The given flags for the checks of the host, to be used on the new host. */
function hostFlagsOf({ skipCheck, installDocker, installDockerFrom }: HostFlags): string[] {
  return [
    ...skipCheck.flatMap((name) => ['--skip-check', name]),
    ...(installDocker ? ['--install-docker'] : []),
    ...(installDockerFrom === undefined ? [] : ['--install-docker-from', installDockerFrom]),
  ];
}

async function open({ context, directory }: Session<MoveFlags>) {
  const { openDeployment } = await import('../apply/deployment.ts');
  const { loadUndisturbed } = await import('../procedures/undisturbed.ts');
  const { machine } = await context.surroundings();
  if (!machine.isRoot()) {
    const { PreflightError } = await import('../errors.ts');
    throw new PreflightError('move must run as root', {
      code: 'move.root',
      hint: 'Nothing was done. Its backups and data belong to several users: run the command with sudo.',
    });
  }
  return openDeployment(context, directory, await loadUndisturbed(directory, context));
}

async function moveTo(session: Session<MoveFlags>, wanted: Wanted): Promise<void> {
  const { context, reporter, answer, style } = session;
  const { moveServer } = await import('../procedures/move/move.ts');
  const { describeMove, describePlannedMove, describeSent } = await import('../output/move.ts');
  const { atMostEvery } = await import('../output/reporter.ts');
  const { backupProgress } = await import('./backup/progress.ts');
  const deployment = await open(session);
  await agree(session, describePlannedMove(deployment.config.server_name, wanted));
  const shown = await reporter();
  const say = atMostEvery(context.stderr.isTTY ? 1 : 10, context.clock, shown.moment);
  const onProgress = await backupProgress(session);
  const result = await moveServer(context, deployment, {
    ...{ ...wanted, emit: shown.event, onProgress },
    onSent: (sent) => say(describeSent(sent)),
  });
  answer(describeMove(result, await style()), result);
}

async function abort(session: Session<MoveFlags>): Promise<void> {
  const { context, flags, directory, reporter, answer, style } = session;
  const { abortMove, readUnfinished } = await import('../procedures/move/abort.ts');
  const { describeAbort, describePlannedAbort } = await import('../output/move.ts');
  const deployment = await open(session);
  const record = await readUnfinished(directory);
  // If the server never served on the new host, nothing can be lost.
  if (record.movedAt !== undefined) await agree(session, describePlannedAbort(record));
  const { event: emit } = await reporter();
  const ended = await abortMove(context, deployment, { isOff: flags.newHostIsOff ?? false, emit });
  answer(describeAbort(deployment.config.server_name, ended, await style()), {
    host: ended.host,
    hadServed: ended.movedAt !== undefined,
  });
}

/** The part of `move` that runs on the new host. */
async function receive(session: Session<MoveFlags>): Promise<void> {
  const { context, directory, reporter, answer } = session;
  const { readStandardInput } = await import('../host/given-files.ts');
  const { receiveServer } = await import('../procedures/move/receive.ts');
  const text = await readStandardInput('--receive', context);
  const checks = await checkOptions(session);
  const { event } = await reporter();
  const note = (line: string) => event({ type: 'note', text: line });
  const ready = await receiveServer(context, { directory, text, checks, note });
  answer(['this host can take the server'], ready);
}
