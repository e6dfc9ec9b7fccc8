import { codeUnit, printable, unprintable } from '../printable.ts';

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
