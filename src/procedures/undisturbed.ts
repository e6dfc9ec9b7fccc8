import type { Context } from '../context.ts';
import { type CheckOptions, checkHost } from '../preflight/check-host.ts';
import type { PreflightPorts, Subject } from '../preflight/facts.ts';
import type { Inspection } from '../preflight/inspect.ts';
import { type LoadedConfig, loadConfig } from '../state/load-config.ts';
import type { LockPlace } from '../state/lock-place.ts';
import { refuseHeld } from '../state/run-lock.ts';
import { lockOfServer } from './change-deployment.ts';

/**
 * Reads matrix.yaml as `loadConfig` does, unless another run is changing the deployment: what is decided next would be
 * about the incomplete work of that run.
 *
 * @throws LockError while there is such a run
 */
export async function loadUndisturbed(
  directory: string,
  context: Pick<Context, 'components'>,
): Promise<LoadedConfig> {
  const loaded = await loadConfig(directory, context);
  await refuseHeld(directory);
  return loaded;
}

/**
 * Checks the host as `checkHost` does, unless another run is changing this deployment, or one with the same server
 * name: the check would judge the incomplete work of that run.
 *
 * @throws LockError while there is such a run
 */
export async function checkUndisturbed(
  subject: Subject,
  context: PreflightPorts,
  options: CheckOptions,
): Promise<Inspection> {
  const refuseOthers = async () => refuseHeld(subject.directory, await locksOf(subject, context));
  await refuseOthers();
  try {
    return await checkHost(subject, context, options);
  } catch (error) {
    await refuseOthers();
    throw error;
  }
}

async function locksOf({ config }: Subject, context: PreflightPorts): Promise<LockPlace[]> {
  // The check of the host reports an engine that does not answer.
  const engine = await context.connectEngine().catch(() => undefined);
  return engine === undefined ? [] : [lockOfServer({ engine, config })];
}
