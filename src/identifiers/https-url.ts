import * as z from 'zod';

/** A URL of ASCII without white space: programs differ in what they make of any other. */
export function httpsUrl(description: string) {
  return z
    .string()
    .refine(
      (text) => /^https:\/\/[!-~]+$/.test(text) && URL.canParse(text),
      'must be a URL that begins with https://',
    )
    .describe(description);
}
