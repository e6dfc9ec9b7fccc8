import * as z from 'zod';

/** Whether a text is a URL of ASCII without white space. Programs interpret any other URL differently. */
export function isPlainUrl(text: string): boolean {
  return /^[!-~]+$/.test(text) && URL.canParse(text);
}

/** A setting that is an https:// URL. */
export function httpsUrl(description: string) {
  return z
    .string()
    .refine(
      (text) => text.startsWith('https://') && isPlainUrl(text),
      'must be a URL that begins with https://',
    )
    .describe(description);
}
