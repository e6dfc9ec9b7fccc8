/**
 * Characters that a terminal obeys or does not show: control characters, line ends among them; format characters, which
 * turn the direction of writing or have no width; line and paragraph separators; halves of surrogate pairs (Unicode
 * Standard, section 4.5, "General Category"); and letters that are drawn as nothing, such as U+3164.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0]/gu;

/** Replaces each character that a terminal would obey, or would not show, by an escape such as `\u001b`. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, escaped);
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : codeUnit(code);
}

/** A code unit of UTF-16 as the escape that JavaScript and JSON have for it. */
function codeUnit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

/** The colours and weights that output/style.ts asks for (ECMA-48, "Select Graphic Rendition"). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with a control character.
const ownColour = /(\u001b\[(?:[12]|22|3[0-79]|4[0-79])m)/;

/**
 * Makes a whole line of output printable, as `printable` does, but keeps the colours that we have put into it.
 *
 * @param isColoured `false` when the stream has no colours: then every colour in the line is from elsewhere
 */
export function printableLine(line: string, isColoured: boolean): string {
  if (!isColoured) {
    return printable(line);
  }
  // `split` with a group in the pattern returns the separators, too: they have the odd indexes.
  return line
    .split(ownColour)
    .map((part, index) => (index % 2 === 1 ? part : printable(part)))
    .join('');
}

/**
 * A value as JSON on one line. Characters that are not printable are escaped as JSON escapes them (RFC 8259, section
 * 7).
 */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(unprintable, (character) =>
    Array.from({ length: character.length }, (_, index) => codeUnit(character.charCodeAt(index))).join(''),
  );
}
