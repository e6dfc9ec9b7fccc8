import { UserError } from '../errors.ts';

/** An error about bytes that are not valid UTF-8. */
export class EncodingError extends UserError {
  /** What is wrong with the bytes, as the rest of a sentence that begins with their name. */
  readonly problem: string;

  constructor(name: string, problem: string) {
    super(`${name} ${problem}`, { code: 'host.encoding', hint: encodingHint });
    this.problem = problem;
  }
}

export const encodingHint = 'Save it as UTF-8.';

/**
 * Decodes bytes as UTF-8, and drops a byte order mark. All input that a person may have written is decoded here: a
 * character that is replaced silently would become part of a password or a name.
 *
 * @param name names the bytes in an error
 * @throws EncodingError with the offset of the first invalid byte
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new EncodingError(name, describeEncoding(bytes));
  }
}

function describeEncoding(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return 'is UTF-16, not UTF-8 (bytes 0 and 1 are its byte order mark)';
  }
  const offset = firstInvalid(bytes);
  const byte = bytes[offset]?.toString(16).toUpperCase().padStart(2, '0');
  return `is not UTF-8: byte 0x${byte} at offset ${offset} begins no character (it may be Latin-1 or Windows-1252)`;
}

/** Offset of the first byte that is not part of a valid character. */
function firstInvalid(bytes: Uint8Array): number {
  const lenient = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  let offset = 0;
  let before = 0;
  for (const { index } of lenient.matchAll(/\ufffd/g)) {
    offset += Buffer.byteLength(lenient.slice(before, index));
    before = index;
    const isWritten = bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd;
    if (!isWritten) return offset;
  }
  return offset;
}

/** The last non-empty lines of an output, which an error shows. */
export function lastLines(output: string, most = 10): string[] {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-most);
}
