import type { Deployment } from '../../apply/deployment.ts';
import type { Progress } from '../../backup/repository.ts';
import type { Config } from '../../config/schema.ts';
import type { Context } from '../../context.ts';
import type { Emit } from '../../plan/events.ts';
import type { VersionChange } from '../../plan/version-changes.ts';
import { changeOnRequest } from '../change-deployment.ts';

/** An upgrade that is being carried out. */
export interface UpgradeWork {
  readonly context: Context;
  /** The wanted deployment. */
  readonly deployment: Deployment;
  readonly emit: Emit;
  onProgress(what: string, progress: Progress): void;
}

/** Runs an action of an upgrade while no other run changes the deployment: see `changeDeployment`. */
export function changeVersions<Result>(
  work: UpgradeWork,
  command: string,
  action: (work: UpgradeWork) => Promise<Result>,
): Promise<Result> {
  return changeOnRequest(work.context, work.deployment, command, work, action);
}

export function noteOf({ emit }: Pick<UpgradeWork, 'emit'>): (text: string) => void {
  return (text) => emit({ type: 'note', text });
}

/** The configuration with the previous images, even those that matrix.yaml may no longer name. */
export function withImagesBefore(config: Config, changes: readonly VersionChange[]): Config {
  const sections = config as unknown as Record<string, object>;
  const before = changes.map(({ service, from }) => [service, { ...sections[service], image: from }]);
  return { ...config, ...Object.fromEntries(before) };
}
