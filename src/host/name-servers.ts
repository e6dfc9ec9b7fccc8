import { getServers, NODATA, NOTFOUND, Resolver } from 'node:dns/promises';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** When a question is asked, in milliseconds: again while nobody has answered, since a packet may be lost. */
const askedAt = [0, 150, 450, 1000];

/** How long an answer to one packet is waited for. */
const patienceMilliseconds = 1500;

/** One question, such as `(resolver) => resolver.resolve4(name)`. */
type Question<Value> = (resolver: Resolver) => Promise<Value[]>;

interface Asking {
  /** Addresses, with a port where it is not 53; those of this host (resolv.conf(5)) when absent. */
  readonly servers?: readonly string[] | undefined;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks every name server side by side, and takes the first answer: one that is gone, or a lost packet, costs next to
 * nothing where another answers. A resolver's own way is one server after the other, with seconds for each.
 *
 * @returns the records; none where the name has none or does not exist
 * @throws what the first server failed with, when each has failed: an error of node:dns. After two seconds of silence.
 */
export async function askNameServers<Value>(
  question: Question<Value>,
  { servers = getServers(), signal }: Asking = {},
): Promise<readonly Value[]> {
  const answered = new AbortController();
  const over = AbortSignal.any(signal === undefined ? [answered.signal] : [answered.signal, signal]);
  // Each attempt ends by it, and there are many.
  setMaxListeners(0, over);
  const attempt = async (server: string, delay: number) => {
    await sleep(delay, undefined, { signal: over });
    const resolver = new Resolver({ timeout: patienceMilliseconds, tries: 1 });
    resolver.setServers([server]);
    over.addEventListener('abort', () => resolver.cancel());
    return question(resolver).catch(noRecords);
  };
  // Only silence is asked again: the first answer of a server counts, a refusal too.
  const ask = (server: string) => Promise.race(askedAt.map((delay) => attempt(server, delay)));
  try {
    return await Promise.any(servers.map(ask));
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    answered.abort();
  }
}

/** That there is nothing is an answer. */
function noRecords(error: NodeJS.ErrnoException): [] {
  if (error.code === NOTFOUND || error.code === NODATA) {
    return [];
  }
  throw error;
}
