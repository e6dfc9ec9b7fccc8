import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import type { PlannedRotation } from '../../procedures/rotate-secrets.ts';
import { declareCommand, endWithFindings, inSession, type Session } from '../command.ts';
import { agree } from '../confirmation.ts';
import { afterBackups } from '../waiting.ts';

interface RotateFlags {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

export function declareRotate(secrets: Command, context: Context): void {
  declareCommand(secrets, 'rotate', 'replace generated secrets; shows the effects first', {
    'matrix-deploy secrets rotate synapse_database_password': 'in Postgres, too',
    'matrix-deploy secrets rotate signing.key --dry-run': 'only shows the effects',
  })
    .argument('<key...>', 'as shown by `secrets list`')
    .option('-y, --yes', 'do not prompt')
    .option('-n, --dry-run', 'only say what would be done')
    .action((names: string[], flags) =>
      inSession<RotateFlags>('secrets rotate', context, (session) =>
        afterBackups(session, () => rotate(session, names)),
      )(flags),
    );
}

async function rotate(session: Session<RotateFlags>, names: readonly string[]): Promise<void> {
  const { context, flags, directory, reporter, style, answer } = session;
  const { openDeployment } = await import('../../apply/deployment.ts');
  const { withSteps } = await import('../../apply/steps.ts');
  const { describeOutside } = await import('../../output/outside.ts');
  const { planToJson } = await import('../../plan/plan-text.ts');
  const { verifyDeployment } = await import('../../procedures/bring-up.ts');
  const { planRotation, rotateSecrets } = await import('../../procedures/rotate-secrets.ts');
  const { loadUndisturbed } = await import('../../procedures/undisturbed.ts');
  const loaded = await loadUndisturbed(directory, context);
  const deployment = await openDeployment(context, directory, loaded);
  const rotation = await planRotation(deployment, names);
  const described = await describeRotation(rotation);
  const effects = rotation.secrets.map(({ name, rotation: { effect } = { effect: '' } }) => ({
    name,
    effect,
  }));
  if (flags.dryRun) {
    return answer(described, { secrets: effects, changes: planToJson(rotation.planned.plan) });
  }
  await agree(session, described, 'Rotate them?');
  const { event } = await reporter();
  const { interrupt } = context;
  const { result: done, steps } = await withSteps(event, (emit) =>
    rotateSecrets(context, deployment, { names, emit, interrupt }),
  );
  const outside = await verifyDeployment(deployment, context, { waits: true });
  answer(
    [
      ...effects.map(({ name, effect }) => `Rotated: ${name}. ${effect}`),
      ...describeOutside(outside, await style()),
    ],
    { secrets: effects, changes: planToJson(done), steps, outside },
  );
  endWithFindings(context, outside);
}

/** The effects that users notice, then the plan. */
async function describeRotation({ secrets, planned }: PlannedRotation): Promise<string[]> {
  const { planToLines } = await import('../../plan/plan-text.ts');
  return [
    ...secrets.map(({ name, rotation }) => `${name}: ${rotation?.effect}`),
    ...planToLines(planned.plan),
  ];
}
