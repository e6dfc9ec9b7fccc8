import type { Edge, OtherProxy } from '../components/edge.ts';
import type { Expectation } from '../components/questions.ts';
import { messageOf } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import { askHttps } from '../host/https.ts';
import type { Network } from '../host/network.ts';
import { bracketed } from '../identifiers/host-name.ts';
import type { Stack } from '../stack/stack.ts';
import { isPrivateToHost, locateNames, publicUrl } from './locate-names.ts';

/** What was found when the server was asked by name, as somebody elsewhere asks it. */
export interface OutsideFinding {
  readonly expectation: string;
  readonly url: string;
  /** `unverified` where it cannot be told from this host; `warning` where the server works, but not as it could. */
  readonly verdict: 'passed' | 'failed' | 'unverified' | 'warning';
  /** What is wrong, with a name that stays the same: of what a site elsewhere answers, and of SRV records. */
  readonly code?: string;
  /** What was seen instead, and what to do; absent when it passed. */
  readonly saw?: string;
  readonly remedy?: string;
}

export interface OutsideSurroundings {
  readonly roots: string | undefined;
  readonly clock: Clock;
  readonly network: Pick<Network, 'addresses'>;
  /** Addresses of this host's interfaces. */
  readonly ownAddresses: readonly string[];
  /** Ends every wait. */
  readonly signal?: AbortSignal | undefined;
}

export type Outcome = Pick<OutsideFinding, 'verdict' | 'saw' | 'remedy'>;
const passed: Outcome = { verdict: 'passed' };

/**
 * Asks everything that the internet must find, side by side, through the names' records in the DNS. Asks nothing of a
 * stack that is published on loopback: there is no outside to it. Never throws: what cannot be told is a finding.
 */
export async function verifyOutside(
  { edge, expectations }: Pick<Stack, 'edge' | 'expectations'>,
  surroundings: OutsideSurroundings,
): Promise<OutsideFinding[]> {
  if (isPrivateToHost(edge)) {
    return [];
  }
  const places = await locateNames(
    expectations.map(({ host, at = host }) => at),
    edge,
    surroundings,
  );
  return Promise.all(
    expectations.map(async (expectation): Promise<OutsideFinding> => {
      const { name, host, at = host, path, port = edge.httpsPort } = expectation;
      const { addresses = [], trouble } = places.get(at) ?? {};
      return {
        expectation: name,
        url: publicUrl(host, port, path),
        ...(trouble ??
          (await askEverywhere(expectation, { ...edge, httpsPort: port }, addresses, surroundings))),
      };
    }),
  );
}

/** The first outcome that is not good, over all addresses: who asks may be led to any of them. */
async function askEverywhere(
  expectation: Expectation,
  edge: Edge,
  addresses: readonly string[],
  surroundings: OutsideSurroundings,
): Promise<Outcome> {
  const outcomes = await Promise.all(
    addresses.map((address) => askAt(expectation, address, edge, surroundings)),
  );
  return outcomes.find(({ verdict }) => verdict !== 'passed') ?? passed;
}

/** What to do about what is wrong where another proxy answers. */
const remedies: Readonly<Record<OtherProxy['kind'], string>> = {
  'host-proxy':
    'give the proxy of this host the settings that `matrix-deploy edge snippet` prints for it (nginx, caddy, apache or haproxy), then run `matrix-deploy verify`',
  traefik:
    'see what `matrix-deploy status` says of the Traefik that runs here, and its log, then run `matrix-deploy verify`',
};

async function askAt(
  { host, path, announces, judge }: Expectation,
  address: string,
  { httpsPort: port, behind }: Edge,
  { roots, clock, ownAddresses, signal }: OutsideSurroundings,
): Promise<Outcome> {
  const remedy = behind && remedies[behind.kind];
  try {
    const answer = await askHttps({ address, port, name: host, path, announces, roots, signal });
    const objection = judge(answer, clock.now());
    return objection === undefined
      ? passed
      : {
          verdict: 'failed',
          saw: objection,
          remedy: remedy ?? 'see `matrix-deploy status`, and what else answers at this name',
        };
  } catch (error) {
    return describeFailure(error, { address, port, remedy }, ownAddresses);
  }
}

/** Codes of a connection that nobody has answered: from elsewhere it may be another matter. */
const silence: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

function describeFailure(
  error: unknown,
  { address, port, remedy }: { address: string; port: number; remedy: string | undefined },
  ownAddresses: readonly string[],
): Outcome {
  const saw = `${messageOf(error)} (at ${bracketed(address)}:${port})`;
  const { code } = error as NodeJS.ErrnoException;
  return silence.has(code) && !ownAddresses.includes(address)
    ? {
        verdict: 'unverified',
        saw: `${saw}, which is no address of this host's own`,
        remedy:
          'ask it from another network: a host behind a router is often not led to its own public address',
      }
    : { verdict: 'failed', saw, remedy: remedy ?? 'see `matrix-deploy status`' };
}
