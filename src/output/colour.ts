import type { Context, Output } from '../context.ts';

/** Has this stream colours, and did nobody say no (https://no-color.org)? */
export function hasColour(stream: Output, environment: Context['environment']): boolean {
  return Boolean(stream.isTTY) && !environment.NO_COLOR && environment.TERM !== 'dumb';
}
