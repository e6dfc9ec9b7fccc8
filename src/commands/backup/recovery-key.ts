import type { Command } from 'commander';
import type { Deployment } from '../../apply/deployment.ts';
import type { Context } from '../../context.ts';
import type { OpenTarget } from '../../procedures/backup/target.ts';
import type { Secret } from '../../secrets/secret.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import type { TargetFlags } from './open-backups.ts';

interface RecoveryKeyFlags {
  readonly new?: boolean;
}

export function declareRecoveryKey(backup: Command, context: Context): void {
  declareCommand(backup, 'recovery-key', 'create the key that opens the backups if this host is lost', {
    'matrix-deploy backup recovery-key': 'shows it once, and asks for it',
    'matrix-deploy backup recovery-key --new': 'replaces the previous one',
  })
    .option('--new', 'replace the recovery key')
    .action(inSession('backup recovery-key', context, recoveryKey));
}

async function recoveryKey(session: Session<RecoveryKeyFlags>): Promise<void> {
  const { flags, answer } = session;
  const { inTarget } = await import('../../procedures/backup/each-target.ts');
  const { recoveryKeyOf } = await import('../../procedures/backup/recovery-key.ts');
  const { describeDay } = await import('../../output/moments.ts');
  const { deployment, targets } = await openAll(session);
  const there = await Promise.all(
    targets.map((target) => inTarget(target, targets, () => recoveryKeyOf(deployment, target))),
  );
  const lacking = targets.filter((_, index) => there[index] === undefined);
  if (lacking.length === 0 && !flags.new) {
    const [since] = there;
    answer(
      [
        `A recovery key was created on ${since && describeDay(since)}. It is not stored, so it cannot be shown again.`,
        'If it is lost, `matrix-deploy backup recovery-key --new` replaces it.',
      ],
      { changed: false, since },
    );
    return;
  }
  await install(session, deployment, targets);
  answer(['The recovery key opens the backups. Do not keep it on this host.'], { changed: true });
}

/** On a terminal, offers to create the missing recovery key. Does nothing without a terminal. */
export async function offerRecoveryKey(session: Session<TargetFlags>): Promise<void> {
  const { context } = session;
  const { agrees, canAsk } = await import('../../output/prompts.ts');
  if (!canAsk(context) || !(await agrees(context, 'Create a recovery key now?'))) return;
  const { deployment, targets } = await openAll(session);
  await install(session, deployment, targets);
  context.stderr.write('The recovery key opens the backups. Do not keep it on this host.\n');
}

async function openAll({ context, directory, reporter }: Session<object>) {
  const { loadConfig } = await import('../../state/load-config.ts');
  const { openDeployment } = await import('../../apply/deployment.ts');
  const { inTarget } = await import('../../procedures/backup/each-target.ts');
  const { prepareRestic } = await import('../../procedures/backup/restic.ts');
  const { openTarget, targetsOf } = await import('../../procedures/backup/target.ts');
  const deployment = await openDeployment(context, directory, await loadConfig(directory, context));
  const { event } = await reporter();
  const restic = await prepareRestic(deployment, (text) => event({ type: 'note', text }));
  const targets = await Promise.all(
    targetsOf(deployment).map((target, _, all) =>
      inTarget(target, all, () => openTarget(deployment, restic, target)),
    ),
  );
  return { deployment, targets };
}

/** Shows a new key, and adds it to the targets after the operator has typed it. */
async function install(
  { context, reporter }: Session<object>,
  deployment: Deployment,
  targets: readonly OpenTarget[],
): Promise<void> {
  const { installRecoveryKey, newRecoveryKey, refuseOtherKey } = await import(
    '../../procedures/backup/recovery-key.ts'
  );
  (await reporter()).stop();
  const key = newRecoveryKey(deployment);
  refuseOtherKey(key, await show(context, key));
  await installRecoveryKey(context, deployment, targets, key);
}

/** @returns the typed text. Neither the key nor this text stays on the screen. */
async function show(context: Context, key: Secret): Promise<string> {
  const { askUnkept, canAsk } = await import('../../output/prompts.ts');
  if (!canAsk(context)) {
    const { UsageError } = await import('../../errors.ts');
    throw new UsageError('no terminal: the recovery key is shown once and must be typed again', {
      code: 'usage.terminal',
      hint: 'Run `matrix-deploy backup recovery-key` in a terminal.',
    });
  }
  return askUnkept(
    context,
    `The recovery key is\n\n    ${key.reveal()}\n\nWrite it down, and do not keep it on this host: without it, backups cannot be opened\nwhen this host is lost. It is shown only once. Type it:`,
  );
}
