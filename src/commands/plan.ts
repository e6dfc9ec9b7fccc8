import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { declareCommand, inSession, type Session } from './command.ts';

interface PlanFlags {
  readonly exitCode?: boolean;
  /** Only with `apply --dry-run`. */
  readonly adopt?: boolean;
}

export function declarePlan(program: Command, context: Context): void {
  declareCommand(program, 'plan', 'show what apply would do, and why; changes nothing', {
    'matrix-deploy plan': 'what apply would do',
    'matrix-deploy plan --exit-code --quiet': 'exit code 6 if changes are pending',
  })
    .option('--exit-code', 'exit code 6 if changes are pending')
    .action(inSession('plan', context, showPlan));
}

/** Shows the plan, for `plan` and `apply --dry-run`. */
export async function showPlan({ context, flags, directory, answer }: Session<PlanFlags>): Promise<void> {
  const { loadConfig } = await import('../state/load-config.ts');
  const { planDeployment } = await import('../apply/deployment.ts');
  const { isEmpty } = await import('../plan/plan.ts');
  const { planToJson, planToLines } = await import('../plan/plan-text.ts');
  const { planUpgrade } = await import('../procedures/upgrade/plan-upgrade.ts');
  const { describePlannedUpgrade } = await import('../output/upgrade.ts');
  const { knownReleases } = await import('../procedures/releases/known.ts');
  const { describeWarning, findWarnings, warningsOfPlan } = await import('../procedures/warn.ts');
  const { config } = await loadConfig(directory, context);
  const engine = await context.connectEngine();
  const planned = await planDeployment({
    directory,
    config,
    engine,
    clock: context.clock,
    adopts: flags.adopt ?? false,
  });
  const { plan } = planned;
  const { document } = await knownReleases(directory, context);
  const upgrade = await planUpgrade({ directory, engine }, planned, document);
  const about =
    upgrade.changes.length === 0
      ? []
      : ['An upgrade:', ...describePlannedUpgrade(upgrade, { makesBackup: true })];
  const warnings = [...(await findWarnings(config, context)), ...(await warningsOfPlan(planned, context))];
  const lines = isEmpty(plan) ? ['no changes'] : planToLines(plan);
  answer([...lines, ...about, ...warnings.map(describeWarning)], {
    changes: planToJson(plan),
    upgrade: upgrade.changes,
    notices: upgrade.notices,
    transfers: upgrade.transfers,
    warnings,
  });
  if (flags.exitCode && !isEmpty(plan)) {
    const { ExitCode } = await import('../errors.ts');
    context.setExitCode(ExitCode.pending);
  }
}
