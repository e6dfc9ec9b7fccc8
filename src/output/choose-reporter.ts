import type { Context } from '../context.ts';
import { plainRenderer } from './plain.ts';
import type { Reporter } from './reporter.ts';
import type { Style } from './style.ts';

interface ReporterOptions {
  readonly quiet: boolean;
  readonly json: boolean;
}

const silent: Reporter = { event() {}, count() {}, moment() {}, say() {}, stop() {} };

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
