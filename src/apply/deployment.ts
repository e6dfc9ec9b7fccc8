import { join } from 'node:path';
import type { SecretSpec } from '../components/secret.ts';
import type { Config } from '../config/schema.ts';
import type { Context } from '../context.ts';
import type { Compose } from '../docker/compose.ts';
import type { Engine } from '../docker/engine.ts';
import { uninterruptible } from '../host/bounds.ts';
import type { Clock } from '../host/clock.ts';
import { adopted } from '../plan/lost.ts';
import type { ObservedState } from '../plan/observed-state.ts';
import type { Plan } from '../plan/plan.ts';
import { type Desired, reconcile } from '../plan/reconcile.ts';
import { withRotations } from '../plan/rotation.ts';
import { renderStack } from '../render/render.ts';
import type { RandomBytes } from '../secrets/generate.ts';
import { describeStack, projectName, type Stack } from '../stack/stack.ts';
import { refuseForeign } from '../state/directory.ts';
import type { GivenValues } from '../state/given-secrets.ts';
import type { LoadedConfig } from '../state/load-config.ts';
import { refuseMoved } from '../state/move.ts';
import { observe } from '../state/observe.ts';
import { refuseHalfRestored } from '../state/pending-restore.ts';
import { refuseHalfUndone } from '../state/pending-upgrade.ts';

/** A deployment directory with its configuration, and the ports through which a command works on it. */
export interface Deployment {
  /** Absolute. */
  readonly directory: string;
  readonly config: Config;
  /** The text of matrix.yaml that `config` was read from. */
  readonly configText: string;
  readonly engine: Engine;
  readonly compose: Compose;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** Factor for the deadlines of all waits; 1 when absent. */
  readonly patience?: number | undefined;
  /** True if data and keys that differ from the recorded ones are accepted as this deployment's own. */
  readonly adopts?: boolean;
  /**
   * True if the wanted state has served before. The plan then has no checks of configuration and data, and no caches.
   */
  readonly goesBack?: boolean;
  /** Secrets that the operator is about to set. The plan treats them as set. */
  readonly aboutToBeSet?: GivenValues | undefined;
  /** The secrets to rotate. The plan treats their rotation as already recorded. */
  readonly rotates?: { readonly secrets: readonly SecretSpec[]; readonly now: Date };
}

/** A deployment directory with the ports of this run. */
export async function openDeployment(
  context: Pick<Context, 'connectEngine' | 'openCompose' | 'clock' | 'random' | 'patience'>,
  directory: string,
  { config, text }: LoadedConfig,
): Promise<Deployment> {
  const project = projectName(config.server_name);
  const [engine, compose] = await Promise.all([
    context.connectEngine(),
    context.openCompose({ directory, project }),
  ]);
  const { clock, random, patience } = context;
  return { directory, config, configText: text, engine, compose, clock, random, patience };
}

/** A plan with the desired and the observed state that it was computed from. */
export interface PlannedDeployment {
  readonly plan: Plan;
  readonly desired: Desired;
  readonly observed: ObservedState;
}

/** Observes the host and computes the plan. Changes nothing. */
export async function planDeployment(
  deployment: Pick<
    Deployment,
    'directory' | 'config' | 'engine' | 'adopts' | 'rotates' | 'goesBack' | 'aboutToBeSet'
  > & {
    clock: Pick<Clock, 'now'>;
  },
): Promise<PlannedDeployment> {
  await refuseMoved(deployment.directory);
  await refuseHalfRestored(deployment.directory);
  await refuseHalfUndone(deployment.directory);
  const seen = await observe(deployment.directory, deployment.config, {
    engine: deployment.engine,
    now: deployment.clock.now(),
    aboutToBeSet: deployment.aboutToBeSet,
  });
  const { adopts, rotates } = deployment;
  const own = adopts ? { ...seen, identity: adopted(seen.identity) } : seen;
  const observed = rotates ? withRotations(own, rotates.secrets, rotates.now) : own;
  await refuseForeign(deployment.directory, deployment.config.server_name, observed.containers);
  const bundles = Object.fromEntries(observed.bundles.wanted.map(({ name, path }) => [name, path]));
  const described = describeStack(
    deployment.config,
    observed.lock,
    bundles,
    observed.identity.recorded?.predecessors,
  );
  const stack = deployment.goesBack ? unjudged(described) : described;
  const { confidential } = observed.bundles;
  const desired = { stack, rendering: renderStack(stack), confidential };
  return { plan: reconcile(desired, observed), desired, observed };
}

function unjudged(stack: Stack): Stack {
  const services = stack.services.map(({ succeeds: _judged, ...service }) => service);
  const data = stack.data.map(({ release: _made, ...spec }) => spec);
  return { ...stack, services, data, checks: [], caches: [] };
}

/** The same deployment with calls that no interrupt ends: for changes that must not stop halfway. */
export function toTheEnd(deployment: Deployment): Deployment {
  const { engine, compose } = deployment;
  return { ...deployment, engine: engine.until(uninterruptible), compose: compose.until(uninterruptible) };
}

/** An absolute path below the deployment directory. */
export function inDirectory(
  { directory }: Pick<Deployment, 'directory'>,
  ...path: readonly string[]
): string {
  return join(directory, ...path);
}
