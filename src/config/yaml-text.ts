import { type Document, LineCounter, parseDocument } from 'yaml';

/** Longest text that is read, in characters: more than any configuration, and parsed in a moment. */
const longestText = 2 ** 18;

/** Control characters that no YAML text may contain (YAML 1.2.2, "Character Set"). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that are looked for.
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

/** A fault of the text itself, and the line that it is in. */
export interface TextFault {
  readonly line: number;
  readonly message: string;
}

/**
 * A YAML text as a document, or what is wrong with it. The messages quote nothing of it: what stands in the wrong place
 * may be a secret.
 */
export function readDocument(
  text: string,
):
  | { readonly document: Document; lineAt(offset: number): number }
  | { readonly faults: readonly TextFault[] } {
  if (text.length > longestText) {
    return { faults: [{ line: 1, message: `the file is longer than ${longestText} characters` }] };
  }
  const found = control.exec(text);
  if (found !== null) {
    const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return {
      faults: [{ line: lineIn(text, found.index), message: `there is a control character (U+${code})` }],
    };
  }
  const lines = new LineCounter();
  const document = parse(text, lines);
  if (document === undefined) return { faults: [{ line: 1, message: 'it is nested too deeply' }] };
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const faults = document.errors.map(({ message, pos }) => ({
    line: lineAt(pos[0]),
    message: withoutQuotation(message),
  }));
  const { explicit, version } = document.directives?.yaml ?? {};
  if (explicit && version !== '1.2') {
    faults.push({
      line: 1,
      message: 'a line says %YAML 1.1, and this file is read as YAML 1.2: leave the line out',
    });
  }
  return faults.length > 0 ? { faults } : { document, lineAt };
}

function parse(text: string, lineCounter: LineCounter): Document | undefined {
  const before = Error.stackTraceLimit;
  // The parser makes an error of each fault, and their stacks, which nobody sees, take longer than all the rest.
  Error.stackTraceLimit = 0;
  try {
    // Whether names are unique is looked at later: here each name would be compared with each.
    return parseDocument(text, { lineCounter, prettyErrors: false, logLevel: 'silent', uniqueKeys: false });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  } finally {
    Error.stackTraceLimit = before;
  }
}

function lineIn(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** The parser's sentence without the piece of the file that stands at its end. */
function withoutQuotation(message: string): string {
  return message.replace(/(?:(?<=[a-z]): .*|(?<=escape sequence) .*|; please use YAML\..*)$/s, '');
}
