import type { Edge, OtherProxy } from '../components/edge.ts';
import type { Expectation } from '../components/questions.ts';
import { messageOf } from '../errors.ts';
import type { Clock } from '../host/clock.ts';
import { askHttps } from '../host/https.ts';
import type { Network } from '../host/network.ts';
import { bracketed } from '../identifiers/host-name.ts';
import type { Stack } from '../stack/stack.ts';
import { isPrivateToHost, locateNames, publicUrl } from './locate-names.ts';

/** The result of an external check: a request by a public name, as another host makes it. */
export interface OutsideFinding {
  readonly expectation: string;
  readonly url: string;
  /** `unverified`: this host cannot decide it. `warning`: the server works, but not as well as it could. */
  readonly verdict: 'passed' | 'failed' | 'unverified' | 'warning';
  /**
   * Stable identifier of the problem. Only findings about documents of another site and about SRV records have one.
   */
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
 * Runs all external checks of a stack at the same time, at the addresses that the DNS has for each name. Runs none
 * for a stack that is published on loopback only. Never throws: every failure becomes a finding.
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

/** The first outcome of all addresses that is not `passed`: a client may connect to any of them. */
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

/** The remedy for a failed check when another proxy stands in front. */
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

/** Error codes of a connection without an answer. The same connection from another network may succeed. */
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
        saw: `${saw}, which is not an address of this host`,
        remedy:
          'test from another network: behind a router, a host often cannot reach its own public address',
      }
    : { verdict: 'failed', saw, remedy: remedy ?? 'see `matrix-deploy status`' };
}
