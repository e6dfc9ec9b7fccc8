import { type Document, LineCounter, parseDocument } from 'yaml';

/** Maximum length of a text, in characters: no configuration is longer, and it is parsed quickly. */
const longestText = 2 ** 18;

/** Control characters that no YAML text may contain (YAML 1.2.2, "Character Set"). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for control characters.
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

/** A fault of the text itself, and its line. */
export interface TextFault {
  readonly line: number;
  readonly message: string;
}

/**
 * Parses a YAML text. Returns the document, or the faults of the text. The messages do not quote the text, because
 * misplaced text may be a secret.
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
  // The parser creates an error for each fault. Their stack traces, which are not used, would take most of the time.
  Error.stackTraceLimit = 0;
  try {
    // Unique keys are checked later: the parser would compare each key with every other one.
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

/** The parser's message without the quotation of the file at its end. */
function withoutQuotation(message: string): string {
  return message.replace(/(?:(?<=[a-z]): .*|(?<=escape sequence) .*|; please use YAML\..*)$/s, '');
}
