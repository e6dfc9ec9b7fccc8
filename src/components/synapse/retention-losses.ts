import { isObject } from '../../json-object.ts';
import type { Warning } from '../warning.ts';
import { daysIn, purgeInterval } from './policy.ts';

interface Kind {
  /** Its place in homeserver.yaml. */
  readonly path: readonly string[];
  readonly setting: string;
  loses(days: number): string;
}

const untilThen = 'Until then another apply takes it back';

/**
 * What Synapse deletes, and how long after its start it does so for the first time
 * (synapse/media/media_repository.py).
 */
const kinds: readonly Kind[] = [
  {
    path: ['retention', 'default_policy', 'max_lifetime'],
    setting: 'synapse.retention.messages',
    loses: (days) =>
      `permanently deletes all messages on this server that are older than ${inDays(days)}, for the first time ${hours(purgeInterval)} hours after the apply. ${untilThen}`,
  },
  {
    path: ['media_retention', 'local_media_lifetime'],
    setting: 'synapse.retention.local_media',
    loses: (days) =>
      `permanently deletes all files of users of this server that nobody has looked at for ${inDays(days)}, for the first time one hour after the apply. ${untilThen}`,
  },
];

/**
 * Warnings about what Synapse deletes with the new homeserver.yaml, and did not with the previous one. Copies of
 * files of other servers are no loss.
 */
export function retentionLosses(before: unknown, after: unknown): Warning[] {
  return kinds.flatMap(({ path, setting, loses }) => {
    const days = daysAt(after, path);
    return days < daysAt(before, path) ? [{ setting, text: loses(days) }] : [];
  });
}

/** A value that was edited by hand, and is no age, counts as infinite. */
function daysAt(document: unknown, path: readonly string[]): number {
  const age = path.reduce<unknown>((above, name) => (isObject(above) ? above[name] : undefined), document);
  return daysIn(typeof age === 'string' ? age : null);
}

function inDays(days: number): string {
  return days === 1 ? 'a day' : `${days} days`;
}

function hours(interval: string): number {
  return Number.parseInt(interval, 10);
}
