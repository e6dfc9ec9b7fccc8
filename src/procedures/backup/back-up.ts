import type { Deployment } from '../../apply/deployment.ts';
import type { Context } from '../../context.ts';
import type { Emit } from '../../plan/events.ts';
import { changeDeployment } from '../change-deployment.ts';
import { type BackupEvents, type BackupRequest, type BackupResult, createBackups } from './create.ts';

interface LockedBackup extends Omit<BackupRequest, 'events'> {
  readonly events: Pick<BackupEvents, 'onProgress'> & {
    /** Describes an estimate, a sentence each, for a note. */
    readonly describeEstimate: (...about: Parameters<BackupEvents['onEstimate']>) => readonly string[];
  };
  readonly emit: Emit;
  /** Called as soon as no other run changes the deployment. */
  begin(): Promise<void>;
}

/** Creates a set in each target, as `createBackups` does, while no other run changes the deployment. */
export function backUp(
  deployment: Deployment,
  context: Context,
  { begin, emit, events: { describeEstimate, onProgress }, ...request }: LockedBackup,
): Promise<BackupResult[]> {
  const action = async (tell: Emit) => {
    await begin();
    const note = (text: string) => tell({ type: 'note', text });
    const onEstimate: BackupEvents['onEstimate'] = (...about) => describeEstimate(...about).forEach(note);
    return createBackups(deployment, context, { ...request, events: { note, onEstimate, onProgress } });
  };
  return changeDeployment(context, deployment, 'backup', action, emit);
}
