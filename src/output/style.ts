import { Chalk } from 'chalk';
import type { Context, Output } from '../context.ts';
import { hasColour } from './colour.ts';

/** Colours for one stream. chalk itself ignores NO_COLOR and looks at one stream only, so the level is set here. */
export type Style = InstanceType<typeof Chalk>;

/** The colours of a stream, or none. */
export function styleFor(stream: Output, environment: Context['environment']): Style {
  return new Chalk({ level: hasColour(stream, environment) ? 1 : 0 });
}
