import type { ApplyEvent } from '../apply/events.ts';
import type { Context } from '../context.ts';
import { plainRenderer } from './plain.ts';
import type { Style } from './style.ts';

/** Shows, on stderr, what happens. */
export interface Reporter {
  event(event: ApplyEvent): void;
  /** A sentence of the conversation. */
  say(text: string): void;
  /** Ends what is on the screen, before something else is written. */
  stop(): void;
}

export interface ReporterOptions {
  readonly quiet: boolean;
  readonly json: boolean;
}

const silent: Reporter = { event() {}, say() {}, stop() {} };

/** Chosen once: a terminal gets a spinner, a pipe gets lines, `--quiet` gets errors only. */
export async function chooseReporter(
  { stderr, environment, clock }: Pick<Context, 'stderr' | 'environment' | 'clock'>,
  style: Style,
  { quiet, json }: ReporterOptions,
): Promise<Reporter> {
  if (quiet) {
    return silent;
  }
  const animated = stderr.isTTY && !json && !environment.CI && environment.TERM !== 'dumb';
  if (animated) {
    const { ttyRenderer } = await import('./tty.ts');
    return ttyRenderer(stderr, style, clock);
  }
  return plainRenderer(stderr, style);
}
