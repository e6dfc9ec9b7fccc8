import decode from 'qr/decode.js';
import type { Photograph } from './screen.ts';

/**
 * What the camera of a phone reads from the QR code on a photograph.
 *
 * @throws Error when it finds none, or one that is light on dark, which many phones do not read
 */
export function scan({ width, height, levels }: Photograph): string {
  const data = Uint8Array.from(levels.flatMap((level) => [level, level, level]));
  // In the middle of the square in each corner.
  const corners: number[] = [];
  const text = decode(
    { width, height, data },
    {
      timeLimit: 5000,
      pointsOnDetect: ({ tl, tr, bl }) =>
        corners.push(...[tl, tr, bl].map(({ x, y }) => levels[Math.floor(y) * width + Math.floor(x)] ?? 255)),
    },
  );
  if (corners.some((level) => level > 0)) throw new Error(`light on dark: ${text}`);
  return text;
}
