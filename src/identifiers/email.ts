import * as z from 'zod';

/** An email address in lower case, as Synapse stores it; `undefined` when the text is not an email address. */
export function emailIn(text: string): string | undefined {
  return z.email().safeParse(text).success ? text.toLowerCase() : undefined;
}
