import type { Context } from '../context.ts';
import { removeSchedule } from './backup/schedule.ts';
import { removeWatch } from './certificates/watch.ts';
import type { UnitSubject } from './units.ts';

/** The units of systemd that were removed. */
export interface RemovedUnits {
  /** The timer for backups; `undefined` if there was none. */
  readonly timer: string | undefined;
  /** The unit that watches certificate files; `undefined` if there was none. */
  readonly watch: string | undefined;
}

/**
 * Removes all units of systemd that start commands for a deployment. Where the deployment is gone, they would fail.
 *
 * @throws UserError if the caller is not root, or if systemd does not stop a unit
 */
export async function removeAllUnits(
  subject: UnitSubject,
  context: Pick<Context, 'surroundings'>,
): Promise<RemovedUnits> {
  return { timer: await removeSchedule(subject, context), watch: await removeWatch(subject, context) };
}

/** The commands that write units again that were removed. */
export function commandsFor({ timer, watch }: RemovedUnits): string[] {
  return [
    ...(timer === undefined ? [] : ['backup schedule']),
    ...(watch === undefined ? [] : ['certificates watch']),
  ];
}
