import type { Deployment } from '../../apply/deployment.ts';
import type { OpenTargets } from '../../procedures/backup/sets.ts';
import type { Session } from '../command.ts';

/** The deployment and its opened targets, for the commands about backups. */
export interface OpenBackups {
  readonly deployment: Deployment;
  /** The targets of matrix.yaml that contain backups, or only the target that --target names. */
  readonly opened: OpenTargets;
  note(text: string): void;
}

export interface TargetFlags {
  readonly target?: string;
}

/** The help of `--target` where a command looks for backups. */
export const targetOption = [
  '--target <name>',
  'one of backup.targets in matrix.yaml (default: all)',
] as const;

/** Opens the targets of the session's deployment. */
export async function openBackups({
  context,
  flags,
  directory,
  reporter,
}: Session<TargetFlags>): Promise<OpenBackups> {
  const { loadConfig } = await import('../../state/load-config.ts');
  const { openDeployment } = await import('../../apply/deployment.ts');
  const { openTargets } = await import('../../procedures/backup/sets.ts');
  const deployment = await openDeployment(context, directory, await loadConfig(directory, context));
  const { event } = await reporter();
  const note = (text: string) => event({ type: 'note', text });
  return { deployment, opened: await openTargets(deployment, flags.target, note), note };
}
