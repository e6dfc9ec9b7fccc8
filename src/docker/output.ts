import { StringDecoder } from 'node:string_decoder';

/** An output stream of a program; its number in the engine's frames is 1 or 2. */
export type OutputStream = 'stdout' | 'stderr';

/**
 * The text in the engine's stream format: frames of one byte for the stream, three of padding, four for the length, then
 * the text.
 *
 * @param only one of the streams; both, as they came, when absent
 */
export function demultiplexed(raw: Buffer, only?: OutputStream): string {
  const parts = framesOf(raw).frames.filter(({ stream }) => only === undefined || stream === only);
  return Buffer.concat(parts.map(({ content }) => content)).toString('utf8');
}

/** Parses the engine's stream format piece by piece, and calls `onLine` for each line, without its line break. */
export function readLines(onLine: (text: string, stream: OutputStream) => void) {
  let raw: Buffer = Buffer.alloc(0);
  const begun = { stdout: startedLine(), stderr: startedLine() };
  return {
    write(chunk: Buffer): void {
      const { frames, rest } = framesOf(Buffer.concat([raw, chunk]));
      raw = rest;
      for (const { stream, content } of frames) {
        const line = begun[stream];
        const lines = (line.text + line.decoder.write(content)).split('\n');
        line.text = lines.pop() ?? '';
        for (const text of lines) {
          onLine(text, stream);
        }
      }
    },
    /** Passes on last lines without a line break. */
    end(): void {
      for (const stream of ['stdout', 'stderr'] as const) {
        const { text, decoder } = begun[stream];
        const last = text + decoder.end();
        if (last !== '') {
          onLine(last, stream);
        }
      }
    },
  };
}

function startedLine() {
  return { text: '', decoder: new StringDecoder('utf8') };
}

interface Frame {
  readonly stream: OutputStream;
  readonly content: Buffer;
}

/** The complete frames at the beginning, and the rest. */
function framesOf(raw: Buffer): { frames: Frame[]; rest: Buffer } {
  const frames: Frame[] = [];
  let at = 0;
  while (at + 8 <= raw.length) {
    const end = at + 8 + raw.readUInt32BE(at + 4);
    if (end > raw.length) {
      break;
    }
    frames.push({
      stream: raw.readUInt8(at) === 2 ? 'stderr' : 'stdout',
      content: raw.subarray(at + 8, end),
    });
    at = end;
  }
  return { frames, rest: raw.subarray(at) };
}
