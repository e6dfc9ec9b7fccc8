import { Chalk } from 'chalk';
import type { Context, Output } from '../context.ts';

/** Colours for one stream. chalk itself ignores NO_COLOR and looks at one stream only, so the level is ours to decide. */
export type Style = InstanceType<typeof Chalk>;

/** Colour where the stream is a terminal that has it, and nobody said no (https://no-color.org). */
export function styleFor(stream: Output, environment: Context['environment']): Style {
  const refused = environment.NO_COLOR || environment.TERM === 'dumb' || !stream.isTTY;
  return new Chalk({ level: refused ? 0 : 1 });
}
