/**
 * Characters that a terminal obeys or does not show: control characters, line ends among them; format characters, which
 * turn the direction of writing or have no width; line and paragraph separators; halves of surrogate pairs (Unicode
 * Standard, section 4.5, "General Category"); and letters that are drawn as nothing, such as U+3164.
 */
export const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0]/gu;

/** Replaces each character that a terminal would obey, or would not show, by an escape such as `\u001b`. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, escaped);
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : codeUnit(code);
}

/** A code unit of UTF-16 as the escape that JavaScript and JSON have for it. */
export function codeUnit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
