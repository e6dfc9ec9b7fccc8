import type { ApplyEvent } from '../apply/events.ts';

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
  /** A sentence of the conversation. */
  say(text: string): void;
  /** Ends what is on the screen, before something else is written. */
  stop(): void;
}
