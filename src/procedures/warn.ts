import type { PlannedDeployment } from '../apply/deployment.ts';
import { describeReaches, describeWarnings } from '../components/components.ts';
import type { NamedPlace, Warning } from '../components/warning.ts';
import { nameWarnings } from '../config/name-warnings.ts';
import type { Config } from '../config/schema.ts';
import type { Context } from '../context.ts';
import type { Network } from '../host/network.ts';
import { fileLosses } from '../plan/file-losses.ts';
import { unwatchedRenewals } from '../plan/given-certificates.ts';
import { fileJudgements } from '../plan/missing.ts';
import { successions } from '../plan/other-release.ts';
import type { Plan } from '../plan/plan.ts';
import type { Stack } from '../stack/stack.ts';

/**
 * Warnings about settings that are valid, but will not work, or not as meant: because of the options themselves, or
 * because this host does not reach a host that they name. Warnings stop nothing.
 */
export async function findWarnings(
  config: Config,
  context: Pick<Context, 'surroundings'>,
): Promise<Warning[]> {
  const reaches = describeReaches(config);
  const { network } = await context.surroundings();
  const unreached = await Promise.all(reaches.map((reach) => tryToReach(reach, network)));
  return [...nameWarnings(config), ...describeWarnings(config), ...unreached.flat()];
}

/**
 * Warnings about a deployment beside those about its configuration: about what changed files would permanently lose,
 * images that follow others, the operator's own files, and interruptions.
 */
export async function warningsOfPlan(
  { desired, observed, plan }: PlannedDeployment,
  context: Pick<Context, 'surroundings'>,
): Promise<Warning[]> {
  const { stack } = desired;
  const { network } = await context.surroundings();
  const ofFiles = fileJudgements(stack, observed);
  const reaches = ofFiles.flatMap((judgement) => judgement.reaches);
  const unreached = await Promise.all(reaches.map((reach) => tryToReach(reach, network)));
  return [
    ...fileLosses(desired, observed),
    ...successions(stack, observed).map(({ setting, text }) => ({ setting, text })),
    ...ofFiles.flatMap((judgement) => judgement.warnings),
    ...unreached.flat(),
    ...interruptions(stack, plan),
    ...unwatchedRenewals(plan),
  ];
}

/** Warnings about services whose replacement users notice. For a service with a gate, requests wait instead. */
export function interruptions({ services }: Pick<Stack, 'services'>, plan: Plan): Warning[] {
  const replaced = plan.flatMap((operation) =>
    operation.kind === 'start-service' && operation.change === 'recreate' ? [operation.service] : [],
  );
  return services
    .filter(({ name, gate }) => replaced.includes(name) && gate === undefined)
    .map(({ name, whenDown, whileReplaced = `is replaced: meanwhile, ${whenDown}` }) => ({
      setting: `service ${name}`,
      text: whileReplaced,
    }));
}

async function tryToReach(
  { setting, host, port, purpose, because }: NamedPlace,
  network: Network,
): Promise<Warning[]> {
  const failure = await network.reach(host, port);
  const place = port === undefined ? host : `${host}:${port}`;
  const reason = failure === undefined ? undefined : because?.(failure);
  return failure === undefined
    ? []
    : [
        {
          setting,
          text: `names ${place}, which this host does not reach (${failure}); ${purpose} will not work${reason === undefined ? '' : `: ${reason}`}`,
        },
      ];
}

/** A warning as a line. */
export function describeWarning({ setting, text }: Warning): string {
  return `warning: ${setting} ${text}`;
}
