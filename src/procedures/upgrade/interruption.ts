import { type Clock, secondsBetween } from '../../host/clock.ts';
import type { ApplyEvent, Emit } from '../../plan/events.ts';

export interface Interruption {
  /** Passes on what is done, and watches it. */
  readonly emit: Emit;
  /** Something is stopped now. */
  begin(): void;
  /** How long nobody was served, in seconds; `null` where nothing was stopped, or nothing has worked since. */
  seconds(): number | null;
}

/**
 * Watches what is done for how long nobody was served: from when something that runs is stopped until the last proof of the
 * first plan that was carried out to its end. What is proved later was served by then.
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

/** One that writes is asked later, and says nothing about whether anybody is served. */
function isProbe(event: ApplyEvent): boolean {
  return event.type === 'done' && event.operation.kind === 'probe' && !event.operation.probe.writes;
}
