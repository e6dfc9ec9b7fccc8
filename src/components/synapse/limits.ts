import type { SynapseOptions } from './options.ts';

const units: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** A size such as 50M, in bytes, as Synapse reads it (synapse/config/_base.py, `parse_size`). */
export function bytesIn(size: string): number {
  return Number.parseInt(size, 10) * (units[size.slice(-1)] ?? 1);
}

/** A transaction of another homeserver: 200 events of 64 KiB (synapse/app/_base.py, `max_request_body_size`). */
const largestTransaction = 200 * 2 ** 16;

/** The largest request that Synapse takes, in bytes. */
export function largestBody({ max_upload_size }: Pick<SynapseOptions, 'max_upload_size'>): number {
  return Math.max(bytesIn(max_upload_size), largestTransaction);
}
