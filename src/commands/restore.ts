import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { WantedSet } from '../backup/wanted-set.ts';
import type { Context } from '../context.ts';
import type { Secret } from '../secrets/secret.ts';
import { restoreProgress } from './backup/progress.ts';
import { declareCommand, endWithFindings, inSession, type Session } from './command.ts';
import { agree } from './confirmation.ts';
import { checkOptions, declareHostFlags, type HostFlags } from './host-flags.ts';
import { namedAddress, openedPlace, type SourceFlags } from './restore-source.ts';
import { afterBackups } from './waiting.ts';

interface RestoreFlags extends HostFlags, SourceFlags {
  readonly keyFile?: string;
  readonly target?: string;
  readonly at?: string;
  readonly finish?: boolean;
  readonly undo?: boolean;
  readonly yes?: boolean;
}

export function declareRestore(program: Command, context: Context): void {
  const command = declareCommand(
    program,
    'restore',
    'restore a backup: over the running server, or on a new host',
    {
      'matrix-deploy restore': 'over the running server',
      'matrix-deploy restore --at "2026-11-28 04:15"': 'the newest by then',
      'matrix-deploy restore --undo': 'back to the state before',
      'matrix-deploy restore --finish': 'deletes the state before',
      'matrix-deploy restore --from /mnt/backup': 'on a new host',
    },
  )
    .argument('[set]', 'as shown by `backup list` (default: the newest)')
    .option('--target <name>', 'over the running server: one of backup.targets in matrix.yaml (default: all)')
    .option('--at <time>', 'the newest backup that was begun by then: "2026-11-28 04:15", in UTC')
    .addOption(
      new Option('--finish', 'delete the state from before a restore').conflicts([
        'undo',
        'from',
        'target',
        'at',
      ]),
    )
    .addOption(
      new Option('--undo', 'go back to the state from before a restore').conflicts(['from', 'target', 'at']),
    )
    .option('-y, --yes', 'do not prompt')
    .option(
      '--from <place>',
      'on a new host: directory with the backups, or an address as shown by `backup list`: rest:https://user@server/path, s3:https://server/bucket/path, sftp://user@server:port/path',
    )
    .option(
      '--credentials-file <file>',
      'file with two lines, user (or access key ID) and password (or secret key) of that server, or for sftp the ssh key; - for the standard input (default: asked for)',
    )
    .option(
      '--known-hosts <file>',
      'host keys of ssh servers, in the format of OpenSSH (default: ~/.ssh/known_hosts)',
    )
    .option('--ca <file>', 'file with the CA certificates of that server, if its CA is private')
    .option('--region <name>', 'region of the bucket, if the storage needs it')
    .option(
      '--key-file <file>',
      'file with the recovery key, or a copy of secrets/backup.key; - for the standard input (default: asked for)',
    );
  declareHostFlags(command).action((set: string | undefined, flags) =>
    inSession<RestoreFlags>('restore', context, (session) => restore(session, set))(flags),
  );
}

async function restore(session: Session<RestoreFlags>, set: string | undefined): Promise<void> {
  const { exists } = await import('../host/files.ts');
  const { layout } = await import('../layout.ts');
  const { flags, directory } = session;
  const wanted = { set, notAfter: await namedPoint(set, flags) };
  const isDeployed = await exists(join(directory, layout.config));
  return flags.from === undefined && (isDeployed || flags.finish || flags.undo || flags.target !== undefined)
    ? afterBackups(session, () => restoreOver(session, wanted))
    : restoreHere(session, wanted);
}

/** The point in time of --at. @throws UsageError for an invalid time, and when a set is named, too */
async function namedPoint(set: string | undefined, { at }: RestoreFlags): Promise<Date | undefined> {
  if (at === undefined) return undefined;
  const { UsageError } = await import('../errors.ts');
  const { parsePoint } = await import('../backup/point.ts');
  if (set !== undefined) {
    throw new UsageError('--at and the name of a backup exclude each other', { code: 'usage' });
  }
  const point = parsePoint(at);
  if (point === undefined) {
    throw new UsageError(`--at ${JSON.stringify(at)} is not a valid time`, {
      code: 'usage.time',
      hint: 'Nothing was done. Give a day and a time, in UTC: --at "2026-11-28 04:15". Or with a zone: --at "2026-11-28 05:15 +01:00".',
    });
  }
  return point;
}

/** Restores over the running server. */
async function restoreOver(session: Session<RestoreFlags>, wanted: WantedSet): Promise<void> {
  const { context, flags, directory, reporter, answer, style } = session;
  const { openDeployment } = await import('../apply/deployment.ts');
  const { carryOutRestore, planRestore, refuseWish } = await import('../procedures/restore/restore-over.ts');
  const { describePlannedRestore, describeRestoreOver } = await import('../output/restore-over.ts');
  const { loadUndisturbed } = await import('../procedures/undisturbed.ts');
  const end = flags.finish ? 'finish' : 'undo';
  const wish = {
    wish: flags.finish || flags.undo ? end : 'restore',
    ...wanted,
    target: flags.target,
  } as const;
  const loaded = await loadUndisturbed(directory, context);
  await refuseWish(directory, wish);
  const deployment = await openDeployment(context, directory, loaded);
  const shown = await reporter();
  const note = (text: string) => shown.event({ type: 'note', text });
  const planned = await planRestore(deployment, wish, note);
  await agree(session, describePlannedRestore(planned));
  const result = await carryOutRestore(context, deployment, {
    ...{ planned, wish, emit: shown.event },
    onProgress: await restoreProgress(session),
  });
  answer(describeRestoreOver(result, await style()), { ...result, since: planned.since, lost: planned.lost });
}

/** Restores on a host without the server. */
async function restoreHere(session: Session<RestoreFlags>, wanted: WantedSet): Promise<void> {
  const { context, flags, directory, reporter, answer, style } = session;
  const { restoreServer, refuseUsed } = await import('../procedures/restore/restore.ts');
  const { describeRestore } = await import('../output/restore.ts');
  const { withTemporaryDirectory } = await import('../host/temporary-directory.ts');
  const address = await namedAddress(flags);
  await refuseUsed(directory);
  const checks = await checkOptions(session);
  if (flags.keyFile === '-' && flags.credentialsFile === '-') {
    const { UsageError } = await import('../errors.ts');
    throw new UsageError('--key-file and --credentials-file cannot both be the standard input', {
      code: 'usage.file',
      hint: 'Nothing was done. Give one of them as a file.',
    });
  }
  const result = await withTemporaryDirectory(async (scratch) => {
    const from = await openedPlace(context, address, flags, scratch);
    const key = await recoveryKey(context, flags);
    const shown = await reporter();
    return restoreServer(context, {
      directory,
      ...wanted,
      ...{ from, key, checks },
      emit: shown.event,
      onProgress: await restoreProgress(session),
    });
  });
  answer(describeRestore(result, await style()), result);
  endWithFindings(context, result.outside);
}

async function recoveryKey(context: Context, { keyFile }: RestoreFlags): Promise<Secret> {
  if (keyFile !== undefined) {
    const { readKeyFile } = await import('../host/given-files.ts');
    return readKeyFile(keyFile, context);
  }
  const { askUnkept, requireTerminal } = await import('../output/prompts.ts');
  requireTerminal(context, '--key-file <file> (- for the standard input)');
  const { keyOf } = await import('../host/given-files.ts');
  return keyOf(await askUnkept(context, 'Recovery key:'), 'what was typed');
}
