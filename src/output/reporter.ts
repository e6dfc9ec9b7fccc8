import type { Clock } from '../host/clock.ts';
import type { ApplyEvent } from '../plan/events.ts';

/** How many are done; and how long that took. */
export interface Count {
  readonly done: number;
  readonly all: number;
  readonly milliseconds: number;
}

/** Shows, on stderr, what happens. */
export interface Reporter {
  event(event: ApplyEvent): void;
  /** How far many things of one kind have come. */
  count(progress: Count): void;
  /** What is being done at this moment, in place of what was said of it before. */
  moment(text: string): void;
  /** A sentence of the conversation. */
  say(text: string): void;
  /** Ends what is on the screen, before something else is written. */
  stop(): void;
}

/** Says what it is told, but not more often than every so many seconds, and nothing of what is over before. */
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
