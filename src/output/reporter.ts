import type { ApplyEvent } from '../apply/events.ts';

/** Shows, on stderr, what happens. */
export interface Reporter {
  event(event: ApplyEvent): void;
  /** A sentence of the conversation. */
  say(text: string): void;
  /** Ends what is on the screen, before something else is written. */
  stop(): void;
}
