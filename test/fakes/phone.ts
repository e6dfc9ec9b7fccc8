import decode from 'qr/decode.js';
import type { Photograph } from './screen.ts';

/**
 * What the camera of a phone reads from the QR code on a photograph.
 *
 * @throws Error when it finds none
 */
export function scan({ width, height, levels }: Photograph): string {
  const data = Uint8Array.from(levels.flatMap((level) => [level, level, level]));
  return decode({ width, height, data }, { timeLimit: 5000 });
}
