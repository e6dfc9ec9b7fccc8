import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { BackupResult } from '../procedures/backup/create.ts';
import { declareCheckTarget } from './backup/check-target.ts';
import { declareForget } from './backup/forget.ts';
import { declareList } from './backup/list.ts';
import { backupProgress } from './backup/progress.ts';
import { declarePrune } from './backup/prune.ts';
import { declareRecoveryKey, offerRecoveryKey } from './backup/recovery-key.ts';
import { declareSchedule } from './backup/schedule.ts';
import { declareShow } from './backup/show.ts';
import { declareVerify } from './backup/verify.ts';
import { declareCommand, inSession, type Session } from './command.ts';
import { patienceOf, type WaitFlags } from './waiting.ts';

interface BackupFlags extends WaitFlags {
  readonly target?: string;
  readonly fullVerify?: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

export function declareBackup(program: Command, context: Context): void {
  const backup = declareCommand(
    program,
    'backup',
    'back up the server while it runs, and verify the backup',
    {
      'matrix-deploy backup': 'to every target of matrix.yaml',
      'matrix-deploy backup list': 'what there is',
      'matrix-deploy backup recovery-key': 'a key for when this host is lost',
      'matrix-deploy backup verify': 'reads the latest backup back',
    },
  )
    .option('--target <name>', 'one of backup.targets in matrix.yaml (default: all)')
    .option('--wait <time>', 'for timers: wait up to this time (30m, 1h) for another running command')
    .option('--full-verify', 'read everything that the targets hold, also on other machines')
    // Options after the name of a subcommand belong to the subcommand.
    .enablePositionalOptions()
    .action(inSession('backup', context, run));
  const subcommands = [
    declareList,
    declareShow,
    declareVerify,
    declarePrune,
    declareForget,
    declareRecoveryKey,
    declareSchedule,
    declareCheckTarget,
  ];
  for (const declare of subcommands) {
    declare(backup, context);
  }
}

async function run(session: Session<BackupFlags>): Promise<void> {
  const { context, flags, directory, reporter, style, answer } = session;
  const { afterOthers } = await import('../procedures/after-others.ts');
  const { attemptBackups } = await import('../procedures/backup/attempt.ts');
  const { describeBackup } = await import('../output/backups.ts');
  const patience = await patienceOf(flags);
  const { event } = await reporter();
  const note = (text: string) => event({ type: 'note', text });
  const attempt = { directory, isScheduled: patience !== undefined, note };
  const results = await attemptBackups(context, attempt, (begin) =>
    afterOthers(context, { patience: () => patience ?? 0, note }, () => make(session, begin)),
  );
  const words = await style();
  const backups = results.map(({ target, ...result }) => ({
    target: target.name,
    path: target.path,
    ...result,
  }));
  answer(
    results.flatMap((result) => describeBackup(result, words)),
    { backups },
  );
  if (results.some(({ hasRecoveryKey }) => !hasRecoveryKey) && !flags.json && !flags.quiet) {
    await offerRecoveryKey(session);
  }
}

/** @param begin called once no other command changes the deployment */
async function make(session: Session<BackupFlags>, begin: () => Promise<void>): Promise<BackupResult[]> {
  const { context, flags, directory, reporter } = session;
  const { loadConfig } = await import('../state/load-config.ts');
  const { openDeployment } = await import('../apply/deployment.ts');
  const { backUp } = await import('../procedures/backup/back-up.ts');
  const { targetsOf } = await import('../procedures/backup/target.ts');
  const { describeEstimate } = await import('../output/backups.ts');
  const loaded = await loadConfig(directory, context);
  const targets = targetsOf({ directory, config: loaded.config }, flags.target);
  const deployment = await openDeployment(context, directory, loaded);
  const shown = await reporter();
  const events = { describeEstimate, onProgress: await backupProgress(session) };
  const readsAll = flags.fullVerify ?? false;
  return backUp(deployment, context, { targets, readsAll, events, emit: shown.event, begin });
}
