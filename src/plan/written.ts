import { digestOf } from '../render/render.ts';

/** By path, the digests of the texts of ours that may be there: a run may die before or after it writes. */
export type Written = Readonly<Record<string, string>>;

/** Is this text one that we wrote? What is not was edited by hand. */
export function isOurs(written: Written, path: string, text: string): boolean {
  return written[path]?.split(' ').includes(digestOf(text)) ?? false;
}

/**
 * The record before a text is written.
 *
 * @param there the text that is there now, if there is a file; an edit made by hand stays one.
 */
export function withText(written: Written, path: string, text: string, there: string | undefined): Written {
  const ours = there !== undefined && there !== text && isOurs(written, path, there) ? [there] : [];
  return { ...written, [path]: [text, ...ours].map(digestOf).join(' ') };
}
