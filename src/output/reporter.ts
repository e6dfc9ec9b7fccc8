import type { Clock } from '../host/clock.ts';
import type { ApplyEvent } from '../plan/events.ts';

/** How many of all items are done, and how long that took. */
export interface Count {
  readonly done: number;
  readonly all: number;
  readonly milliseconds: number;
}

/** Shows, on stderr, what happens. */
export interface Reporter {
  event(event: ApplyEvent): void;
  /** Shows how many of similar items are done. */
  count(progress: Count): void;
  /** Shows what is being done at this moment, in place of the text before. */
  moment(text: string): void;
  /** Shows a line that stays. */
  say(text: string): void;
  /** Ends the animation on the screen, before something else is written. */
  stop(): void;
}

/**
 * Returns a function that passes a text on to `say`, at most once in so many seconds. The first interval begins now,
 * so that short work shows nothing.
 */
export function atMostEvery(
  seconds: number,
  clock: Pick<Clock, 'now'>,
  say: (text: string) => void,
): (text: string) => void {
  let last = clock.now().getTime();
  return (text) => {
    const now = clock.now().getTime();
    if (now - last >= seconds * 1000) {
      last = now;
      say(text);
    }
  };
}
