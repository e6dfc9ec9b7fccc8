/**
 * Characters that a terminal obeys or does not show: control characters, line ends among them; format characters, which
 * turn the direction of writing or have no width; line and paragraph separators; halves of surrogate pairs (Unicode
 * Standard, section 4.5, "General Category"); and letters that are drawn as nothing, such as U+3164.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0]/gu;

/** The colours and weights that output/style.ts asks for (ECMA-48, "Select Graphic Rendition"). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with a control character.
const ownColour = /(\u001b\[(?:[12]|22|3[0-79]|4[0-79])m)/;

/** A value as part of a line: what a terminal would obey, or would not show, as an escape such as `\u001b`. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, escaped);
}

/**
 * A whole line of output: like `printable`, but with the colours that we put into it.
 *
 * @param isColoured false where the stream has no colours: then all of them are foreign
 */
export function printableLine(line: string, isColoured: boolean): string {
  if (!isColoured) {
    return printable(line);
  }
  // With a group in its pattern, `split` gives the separators too, at odd places.
  return line
    .split(ownColour)
    .map((part, index) => (index % 2 === 1 ? part : printable(part)))
    .join('');
}

/** A value as JSON on one line; the same characters stand in it as the escapes that JSON has for them (RFC 8259, section 7). */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(unprintable, (character) =>
    Array.from({ length: character.length }, (_, index) => codeUnit(character.charCodeAt(index))).join(''),
  );
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : codeUnit(code);
}

function codeUnit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
