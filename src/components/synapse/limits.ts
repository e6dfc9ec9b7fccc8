import { memoryBytes } from '../options.ts';
import type { SynapseOptions } from './options.ts';

const units: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** A size such as 50M, in bytes, as Synapse reads it (synapse/config/_base.py, `parse_size`). */
export function bytesIn(size: string): number {
  return Number.parseInt(size, 10) * (units[size.slice(-1)] ?? 1);
}

/** A transaction of another homeserver: 200 events of 64 KiB (synapse/app/_base.py, `max_request_body_size`). */
const largestTransaction = 200 * 2 ** 16;

/** Synapse's default for what an address may fetch of other homeservers at once (synapse/config/ratelimiting.py). */
const defaultBurst = '500M';

/** Synapse's default for the pixels of an image of which a thumbnail is made (synapse/config/repository.py). */
const defaultPixels = '32M';

/** An image is decoded to so many bytes a pixel before a thumbnail is made of it (Pillow's RGBA). */
export const bytesPerPixel = 4;

/**
 * Options of Synapse whose default is too small or too large beside these settings, by name: a file that may be uploaded
 * may be fetched, and an image that is decoded takes a quarter of the container's memory at most.
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
