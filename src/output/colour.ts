import type { Context, Output } from '../context.ts';

/** Whether a stream is a terminal with colours and the user has not turned them off (https://no-color.org). */
export function hasColour(stream: Output, environment: Context['environment']): boolean {
  return Boolean(stream.isTTY) && !environment.NO_COLOR && environment.TERM !== 'dumb';
}
