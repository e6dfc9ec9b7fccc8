import { setTimeout as sleep } from 'node:timers/promises';
import type { BareApi } from './bare-api.ts';

/** How often the client asks for news. */
const everyMilliseconds = 200;

/** @returns what tells the 95th percentile of somebody's `/sync`, in milliseconds, while something else goes on */
export async function otherUser(api: BareApi, signal: AbortSignal) {
  const token = String(await api.register('observer', true));
  let { next_batch: since } = await api.get('/_matrix/client/v3/sync', token);
  return async (work: Promise<unknown>): Promise<number> => {
    const samples: number[] = [];
    const ended = work.then(
      () => true,
      () => true,
    );
    while (!(await Promise.race([ended, sleep(everyMilliseconds, false)]))) {
      signal.throwIfAborted();
      const begin = performance.now();
      const news = await api.get(`/_matrix/client/v3/sync?timeout=0&since=${since}`, token);
      samples.push(performance.now() - begin);
      since = news.next_batch;
    }
    return samples.toSorted((a, b) => a - b)[Math.floor(samples.length * 0.95)] ?? 0;
  };
}
