import { memoryBytes } from '../options.ts';
import type { SynapseOptions } from './options.ts';

const units: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** A size such as 50M, in bytes, as Synapse reads it (synapse/config/_base.py, `parse_size`). */
export function bytesIn(size: string): number {
  return Number.parseInt(size, 10) * (units[size.slice(-1)] ?? 1);
}

/**
 * The largest transaction of another homeserver: 200 events of 64 KiB (synapse/app/_base.py,
 * `max_request_body_size`).
 */
const largestTransaction = 200 * 2 ** 16;

/** Synapse's default for how much remote media one address may fetch at once (synapse/config/ratelimiting.py). */
const defaultBurst = '500M';

/** Synapse's default for the largest image, in pixels, that gets a thumbnail (synapse/config/repository.py). */
const defaultPixels = '32M';

/** Bytes per pixel of an image that is decoded for a thumbnail (Pillow's RGBA). */
export const bytesPerPixel = 4;

/**
 * Options of Synapse, by name, whose defaults do not fit these settings: every file that may be uploaded may also be
 * fetched, and a decoded image takes at most a quarter of the memory of the container.
 */
export function followingOptions({
  max_upload_size,
  memory,
}: Pick<SynapseOptions, 'max_upload_size' | 'memory'>): Readonly<Record<string, string | number>> {
  const pixels = Math.floor(memoryBytes(memory) / 4 / bytesPerPixel);
  return {
    ...(bytesIn(max_upload_size) > bytesIn(defaultBurst)
      ? { remote_media_download_burst_count: max_upload_size }
      : {}),
    ...(pixels < bytesIn(defaultPixels) ? { max_image_pixels: pixels } : {}),
  };
}

/** The largest request that Synapse takes, in bytes. */
export function largestBody({ max_upload_size }: Pick<SynapseOptions, 'max_upload_size'>): number {
  return Math.max(bytesIn(max_upload_size), largestTransaction);
}

/** The most that large answers in JSON may hold in Synapse's memory while clients do not take them, in bytes. */
export function untakenAnswerBytes({ memory }: Pick<SynapseOptions, 'memory'>): number {
  return memoryBytes(memory) / 4;
}
