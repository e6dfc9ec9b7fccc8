import { digestOf } from '../render/render.ts';

/** By path, the digests of the last two texts that we wrote there: two, since a run may die before or after it writes. */
export type Written = Readonly<Record<string, string>>;

/** Is this text one that we wrote? What is not was edited by hand. */
export function isOurs(written: Written, path: string, text: string): boolean {
  return written[path]?.split(' ').includes(digestOf(text)) ?? false;
}

/** The record before a text is written. */
export function withText(written: Written, path: string, text: string): Written {
  const [last] = written[path]?.split(' ') ?? [];
  return { ...written, [path]: [digestOf(text), ...(last === undefined ? [] : [last])].join(' ') };
}
