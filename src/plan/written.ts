import { digestOf } from '../render/render.ts';

/**
 * By path, the digests of our texts that the file may have, separated by spaces. There may be two, since a run may be
 * interrupted before or after it writes.
 */
export type Written = Readonly<Record<string, string>>;

/** Whether this program wrote the text. If not, it was edited by hand. */
export function isOurs(written: Written, path: string, text: string): boolean {
  return written[path]?.split(' ').includes(digestOf(text)) ?? false;
}

/**
 * The record to keep before a text is written.
 *
 * @param there the present text of the file, if it exists; an edit made by hand does not count as ours.
 */
export function withText(written: Written, path: string, text: string, there: string | undefined): Written {
  const ours = there !== undefined && there !== text && isOurs(written, path, there) ? [there] : [];
  return { ...written, [path]: [text, ...ours].map(digestOf).join(' ') };
}
