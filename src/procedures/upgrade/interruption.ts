import { type Clock, secondsBetween } from '../../host/clock.ts';
import type { ApplyEvent, Emit } from '../../plan/events.ts';

export interface Interruption {
  /** Passes events on, and measures by them. */
  readonly emit: Emit;
  /** Tells that a service is stopped now. */
  begin(): void;
  /** The interruption in seconds; `null` where nothing was stopped, or no health check has passed since. */
  seconds(): number | null;
}

/**
 * Measures how long the server was interrupted: from the first stop of a service until the last health check of the
 * first plan that was completed without a failure. Later health checks do not count: the server worked by then.
 */
export function watchInterruption(clock: Pick<Clock, 'now'>, emit: Emit): Interruption {
  let begun: Date | undefined;
  let ended: Date | undefined;
  let hasFailed = false;
  let isOver = false;
  const begin = () => {
    begun ??= clock.now();
  };
  const watch = (event: ApplyEvent) => {
    if (event.type === 'begin') hasFailed = false;
    if (event.type === 'fail' || event.type === 'cancel') hasFailed = true;
    if (event.type === 'start' && event.operation.kind === 'start-service') begin();
    if (isProbe(event) && begun !== undefined && !isOver) ended = clock.now();
    if (event.type === 'end' && ended !== undefined && !hasFailed) isOver = true;
  };
  return {
    begin,
    seconds: () => (begun === undefined || ended === undefined ? null : secondsBetween(begun, ended)),
    emit(event) {
      watch(event);
      emit(event);
    },
  };
}

/** Whether a health check has passed. Those that write run later, and say nothing about the interruption. */
function isProbe(event: ApplyEvent): boolean {
  return event.type === 'done' && event.operation.kind === 'probe' && !event.operation.probe.writes;
}
