import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { type ImagePart, imageParts, partTitles } from '../releases/parts.ts';
import type { LoadedConfig } from '../state/load-config.ts';
import { changeVersions, declareVersionFlags, resumeVersions, type VersionFlags } from './change-versions.ts';
import { declareCommand, inSession, type Session } from './command.ts';
import { agree } from './confirmation.ts';
import { hasNothingToDo } from './has-nothing-to-do.ts';
import { declareHostFlags } from './host-flags.ts';
import { afterBackups, patienceOf } from './waiting.ts';

interface UpgradeFlags extends VersionFlags, Readonly<Partial<Record<ImagePart, string>>> {
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly finish?: boolean;
  readonly check?: boolean;
}

const wishes = ['to', ...imageParts, 'dryRun'];

/** The help of the version flags that take more than a version, or do more than others. */
const meanings: Readonly<Partial<Record<ImagePart, string>>> = {
  synapse: 'a version of Synapse, or an image with its tag',
  postgres: 'a version of Postgres; to another major release, its databases are copied',
};

export function declareUpgrade(program: Command, context: Context): void {
  const command = declareCommand(
    program,
    'upgrade',
    'upgrade to newer versions, with a backup before and a way back',
    {
      'matrix-deploy upgrade': 'to the newest tested versions',
      'matrix-deploy upgrade --dry-run': 'only shows what it would do',
      'matrix-deploy upgrade --synapse 1.163.2': 'one service, to this version',
      'matrix-deploy upgrade --check': 'only checks for newer versions',
      'matrix-deploy upgrade --finish': 'deletes the data kept for a rollback',
    },
  ).option('--to <set>', 'a tested set of versions, as shown by `upgrade --dry-run` (default: the newest)');
  for (const part of imageParts) {
    command.option(`--${part} <version>`, meanings[part] ?? `a version of ${partTitles[part]}`);
  }
  command
    .option('-n, --dry-run', 'only show what would be done')
    .addOption(
      new Option('--check', 'only check for newer versions; exit code 6 if there are any').conflicts(wishes),
    )
    .addOption(
      new Option('--finish', 'delete the data kept for a rollback of the last upgrade').conflicts([
        'check',
        ...wishes,
      ]),
    )
    .option('-y, --yes', 'do not prompt');
  declareHostFlags(declareVersionFlags(command)).action(inSession<UpgradeFlags>('upgrade', context, run));
}

async function run(session: Session<UpgradeFlags>): Promise<void> {
  const { flags } = session;
  const patience = await patienceOf(flags);
  return flags.check ? check(session) : afterBackups(session, () => proceed(session), patience);
}

async function proceed(session: Session<UpgradeFlags>): Promise<void> {
  const { context, directory, flags, answer } = session;
  const { loadConfig } = await import('../state/load-config.ts');
  const { loadUndisturbed } = await import('../procedures/undisturbed.ts');
  const { isCutOff, readPendingUpgrade } = await import('../state/pending-upgrade.ts');
  const load = flags.dryRun ? loadConfig : loadUndisturbed;
  const loaded = await load(directory, context);
  if (flags.finish) return finish(session, loaded);
  const pending = await readPendingUpgrade(directory);
  if (pending !== undefined && isCutOff(pending) && !flags.dryRun) {
    return resumeVersions(session, 'upgrade', { pending, loaded });
  }
  const { wanted, text, config, document } = await wish(session, loaded);
  const { describeLeft, describePlannedUpgrade } = await import('../output/upgrade.ts');
  const left = describeLeft(wanted.left);
  const answerNothing = () => {
    const set = wanted.set === undefined ? 'these versions' : `the tested set ${wanted.set}`;
    answer([`Nothing to upgrade: ${set} runs already.`, ...left], { changes: [], left: wanted.left });
  };
  if (text.before === text.after && (await hasNothingToDo(session))) return answerNothing();
  const { openDeployment, planDeployment } = await import('../apply/deployment.ts');
  const { planUpgrade, refusalOf, refuseGoingDown, refuseUnserved } = await import(
    '../procedures/upgrade/plan-upgrade.ts'
  );
  const { fileLosses } = await import('../plan/file-losses.ts');
  const { describeWarning, interruptions } = await import('../procedures/warn.ts');
  const deployment = await openDeployment(context, directory, { config, text: text.after });
  const seen = await planDeployment(deployment);
  const planned = await planUpgrade(deployment, seen, document);
  const warnings = [
    ...fileLosses(seen.desired, seen.observed),
    ...interruptions(seen.desired.stack, seen.plan),
  ];
  const { changes, notices, migrations, transfers, expectedInterruption } = planned;
  if (changes.length === 0) {
    refuseUnserved(planned);
    return answerNothing();
  }
  refuseGoingDown(changes);
  const makesBackup = flags.backup ?? true;
  const told = [
    ...describePlannedUpgrade(planned, { makesBackup }),
    ...warnings.map(describeWarning),
    ...left,
  ];
  if (flags.dryRun) {
    const databases = migrations?.map(({ dump, changes: names, needsCopy, bytes }) => ({
      database: dump.database,
      ...{ changes: names, keepsCopy: needsCopy, bytes },
    }));
    return answer(told, {
      ...{ upgrade: changes, set: wanted.set ?? null, notices, left: wanted.left },
      databases: databases ?? null,
      transfers,
      expectedInterruptionSeconds: expectedInterruption ?? null,
      warnings,
    });
  }
  refusalOf(flags.ack ?? [])(notices);
  await agree(session, told, 'Upgrade?');
  await changeVersions(session, { command: 'upgrade', deployment, planned, text, warnings });
}

async function check({ context, directory, style, answer }: Session<object>): Promise<void> {
  const { checkUpgrade } = await import('../procedures/upgrade/check.ts');
  const { describeCheck } = await import('../output/upgrade-check.ts');
  const { ExitCode } = await import('../errors.ts');
  const result = await checkUpgrade(directory, context);
  answer(describeCheck(result, await style()), result);
  if (result.isDue) {
    context.setExitCode(ExitCode.pending);
  } else if (result.parts.some(({ trouble }) => trouble !== null)) {
    context.setExitCode(ExitCode.failed);
  }
}

/** The versions that the flags ask for: as images, and as the new text of matrix.yaml. */
async function wish(session: Session<UpgradeFlags>, { config, text }: LoadedConfig) {
  const { flags, directory, context } = session;
  const { setImages } = await import('../config/set-images.ts');
  const { chosenImages, wantedImages } = await import('../plan/wanted-images.ts');
  const { refuseUnknownNotices } = await import('../procedures/upgrade/plan-upgrade.ts');
  const { knownReleases } = await import('../procedures/releases/known.ts');
  const { UsageError } = await import('../errors.ts');
  const { document } = await knownReleases(directory, context);
  refuseUnknownNotices(flags.ack ?? [], document);
  const current = chosenImages(config);
  const wanted = wantedImages(document, current, { to: flags.to, versions: flags });
  if ('fault' in wanted) throw new UsageError(wanted.fault, { code: 'usage.version', hint: wanted.hint });
  const edited = imageParts.flatMap((part) => {
    const image = wanted.images[part];
    return image === undefined || image === current[part] ? [] : [[part, image]];
  });
  const after = setImages(text, Object.fromEntries(edited), await context.components());
  return {
    ...{ wanted, document, config: after.config },
    text: { before: text, after: after.text },
  };
}

async function finish(session: Session<UpgradeFlags>, loaded: LoadedConfig): Promise<void> {
  const { context, directory, answer, style } = session;
  const { openDeployment } = await import('../apply/deployment.ts');
  const { finishable, finishUpgrade } = await import('../procedures/upgrade/finish.ts');
  const { describeFinish, describeFinishing } = await import('../output/upgrade.ts');
  const { keptDatabases } = await import('../state/pending-upgrade.ts');
  const pending = await finishable(directory);
  if (keptDatabases(pending).length > 0) await agree(session, describeFinishing(pending), 'Delete this?');
  const deployment = await openDeployment(context, directory, loaded);
  const result = await finishUpgrade(context, deployment);
  answer(describeFinish(result, await style()), result);
}
