import { getServers, NODATA, NOTFOUND, Resolver } from 'node:dns/promises';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** When a question is sent, in milliseconds. It is repeated while there is no answer: a packet may be lost. */
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
 * Asks all name servers at the same time, and takes the first answer. If another server answers, a server that is
 * down or a lost packet costs hardly any time. A resolver of node:dns asks one after the other, with seconds for
 * each.
 *
 * @returns the records; none if the name has none or does not exist
 * @throws an error of node:dns, the first server's, if all have failed; if none answers, after two seconds
 */
export async function askNameServers<Value>(
  question: Question<Value>,
  { servers = getServers(), signal }: Asking = {},
): Promise<readonly Value[]> {
  const answered = new AbortController();
  const over = AbortSignal.any(signal === undefined ? [answered.signal] : [answered.signal, signal]);
  // Each attempt adds a listener, and there are many attempts.
  setMaxListeners(0, over);
  const attempt = async (server: string, delay: number) => {
    await sleep(delay, undefined, { signal: over });
    const resolver = new Resolver({ timeout: patienceMilliseconds, tries: 1 });
    resolver.setServers([server]);
    over.addEventListener('abort', () => resolver.cancel());
    return question(resolver).catch(noRecords);
  };
  // A question is repeated only while the server is silent. Its first answer counts, even a refusal.
  const ask = (server: string) => Promise.race(askedAt.map((delay) => attempt(server, delay)));
  try {
    return await Promise.any(servers.map(ask));
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    answered.abort();
  }
}

/** A name without records is an answer, not an error. */
function noRecords(error: NodeJS.ErrnoException): [] {
  if (error.code === NOTFOUND || error.code === NODATA) {
    return [];
  }
  throw error;
}
