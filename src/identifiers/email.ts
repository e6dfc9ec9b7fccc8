import * as z from 'zod';

/** An email address in the form that Synapse keeps; `undefined` for what is none. */
export function emailIn(text: string): string | undefined {
  return z.email().safeParse(text).success ? text.toLowerCase() : undefined;
}
