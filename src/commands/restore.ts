import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Secret } from '../secrets/secret.ts';
import { declareCommand, endWithFindings, inSession, type Session } from './command.ts';
import { checkOptions, declareHostFlags, type HostFlags } from './host-flags.ts';

interface RestoreFlags extends HostFlags {
  readonly from?: string;
  readonly keyFile?: string;
}

export function declareRestore(program: Command, context: Context): void {
  const command = declareCommand(
    program,
    'restore',
    'make the server again from a backup, on a host without it',
    {
      'matrix-deploy restore --from /mnt/backup': 'the newest backup',
      'matrix-deploy restore --from /mnt/backup --key-file key.txt': 'asks nobody',
    },
  )
    .argument('[set]', 'as `backup list` had it (default: the newest)')
    .option('--from <directory>', 'the directory that the backups are in')
    .option(
      '--key-file <file>',
      'file with the recovery key, or a copy of secrets/backup.key; - for the standard input (default: asked for)',
    );
  declareHostFlags(command).action((set: string | undefined, flags) =>
    inSession<RestoreFlags>('restore', context, (session) => restore(session, set))(flags),
  );
}

async function restore(session: Session<RestoreFlags>, set: string | undefined): Promise<void> {
  const { context, flags, directory, reporter, answer, style } = session;
  const { restoreServer, refuseUsed } = await import('../procedures/restore/restore.ts');
  const { describeRestore, describeRestoreProgress } = await import('../output/restore.ts');
  const { UsageError } = await import('../errors.ts');
  if (flags.from === undefined) {
    throw new UsageError('the directory that the backups are in was not named', {
      code: 'usage.from',
      hint: 'Name it: matrix-deploy restore --from <directory>.',
    });
  }
  await refuseUsed(directory);
  const checks = await checkOptions(session);
  const key = await recoveryKey(context, flags);
  const shown = await reporter();
  const result = await restoreServer(context, {
    directory,
    from: resolve(context.workingDirectory, flags.from),
    ...{ set, key, checks },
    emit: shown.event,
    onProgress: (what, progress) => shown.moment(describeRestoreProgress(what, progress)),
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
