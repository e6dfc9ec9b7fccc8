import { codeUnit, printable, unprintable } from '../printable.ts';

/** The colours and weights that output/style.ts asks for (ECMA-48, "Select Graphic Rendition"). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with a control character.
const ownColour = /(\u001b\[(?:[12]|22|3[0-79]|4[0-79])m)/;

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
