import type { AddressFamily } from '../components/edge.ts';
import type { CallerRecord } from '../components/questions.ts';
import type { Engine } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';
import { familyOf } from '../host/address-ranges.ts';
import { askHttps } from '../host/https.ts';
import type { Stack } from '../stack/stack.ts';
import { isPrivateToHost, locateNames, publicUrl } from './locate-names.ts';
import type { Outcome, OutsideFinding, OutsideSurroundings } from './verify-outside.ts';

export interface CallerSurroundings extends OutsideSurroundings {
  /** This host's addresses on the networks of containers. */
  readonly innerAddresses: readonly string[];
  readonly engine: Pick<Engine, 'containers' | 'logs' | 'version'>;
  random(bytes: number): Uint8Array;
  /** What to change so that clients of an address family are seen by their own addresses. */
  whenHidden(family: AddressFamily, engineVersion: string): string | undefined;
}

const expectation = 'each client by its own address';

/** An address that no client has (RFC 5737). Requests claim it in X-Forwarded-For: the server must not believe it. */
const pretended = '192.0.2.1';

/**
 * How long a request may take to appear in the log of the service, and the pause between two reads of the log. In
 * milliseconds.
 */
const patience = { whole: 5000, pause: 100 };

/** How many lines of the log to read: more than are logged in that time. */
const lines = 5000;

/**
 * Checks whether the engine hides the addresses of clients: then rate limits count all clients as one. Sends a marked
 * request to each public name, and looks up its source address in the log of the service that has answered. Reports
 * no name without an answer. Never throws: every failure becomes a finding.
 */
export async function verifyCallers(
  { edge, callerRecords, project }: Pick<Stack, 'edge' | 'callerRecords' | 'project'>,
  surroundings: CallerSurroundings,
): Promise<OutsideFinding[]> {
  if (isPrivateToHost(edge)) {
    return [];
  }
  const places = await locateNames(
    callerRecords.map(({ host }) => host),
    edge,
    surroundings,
  );
  const isExistingTraefik = edge.behind?.kind === 'traefik';
  const findings = await Promise.all(
    callerRecords.map(async (record): Promise<OutsideFinding[]> => {
      const url = publicUrl(record.host, edge.httpsPort, record.path);
      const asked = (places.get(record.host)?.addresses ?? []).map((address) =>
        seeCaller(record, { address, port: edge.httpsPort, project, isExistingTraefik }, surroundings).catch(
          (error): Outcome => ({ verdict: 'unverified', saw: messageOf(error) }),
        ),
      );
      const outcomes = (await Promise.all(asked)).filter((outcome) => outcome !== undefined);
      const worst = ['failed', 'warning', 'unverified']
        .map((one) => outcomes.find(({ verdict }) => verdict === one))
        .find((outcome) => outcome !== undefined);
      return outcomes.length === 0 ? [] : [{ expectation, url, ...(worst ?? { verdict: 'passed' }) }];
    }),
  );
  return findings.flat();
}

/** @returns `undefined` when the address does not answer: another check reports that. */
async function seeCaller(
  record: CallerRecord,
  {
    address,
    port,
    project,
    isExistingTraefik,
  }: { address: string; port: number; project: string; isExistingTraefik: boolean },
  surroundings: CallerSurroundings,
): Promise<Outcome | undefined> {
  const { clock, roots, engine, signal } = surroundings;
  const marker = Buffer.from(surroundings.random(12)).toString('hex');
  const since = clock.now();
  const path = `${record.path}${record.query(marker)}`;
  const headers = { 'x-forwarded-for': pretended };
  const answered = await askHttps({ address, port, name: record.host, path, roots, headers, signal }).then(
    () => true,
    () => false,
  );
  if (!answered) return undefined;
  if (record.silence !== undefined) return { verdict: 'unverified', saw: record.silence };
  const caller = await recordedCaller(record, { marker, since, project }, surroundings);
  if (caller === undefined) {
    return { verdict: 'unverified', saw: `the log of ${record.service} does not show who asked` };
  }
  if (caller === pretended) {
    return {
      verdict: 'failed',
      saw: 'a client can choose its own address with X-Forwarded-For: it evades rate limits, and blocks by address',
      remedy: isExistingTraefik
        ? 'Let the existing Traefik trust that header from proxies in front of it only: see `forwardedHeaders` of its entry point.'
        : 'Let the proxy in front replace that header with the address that the client connects from, as `matrix-deploy edge snippet` shows.',
    };
  }
  if (!isHidden(caller, address, surroundings)) return { verdict: 'passed' };
  const family = familyOf(address);
  const { version } = await engine.version();
  const remedy = surroundings.whenHidden(family, version);
  return {
    verdict: 'warning',
    saw: `everybody who comes by ${family === 'ipv6' ? 'IPv6' : 'IPv4'} is seen as ${caller}, an address of the engine: rate limits count them as one, and nobody can be blocked by address`,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

async function recordedCaller(
  record: CallerRecord,
  { marker, since, project }: { marker: string; since: Date; project: string },
  { clock, engine, signal }: CallerSurroundings,
): Promise<string | undefined> {
  const containers = await engine.containers(project);
  const container = containers.find(
    ({ service, state }) => service === record.service && state === 'running',
  );
  const end = since.getTime() + patience.whole;
  while (container !== undefined) {
    const caller = record.callerIn(await engine.logs(container.id, lines, since), marker);
    if (caller !== undefined || clock.now().getTime() >= end) return caller;
    await clock.sleep(patience.pause, signal);
  }
  return undefined;
}

/**
 * Whether a request of this host was seen with an address of the engine. A request to one of the host's own addresses
 * must come from one of them. For any other destination, a router may have translated the source address, but never
 * to an address from which the engine relays.
 */
export function isHidden(
  caller: string,
  asked: string,
  { ownAddresses, innerAddresses }: Pick<CallerSurroundings, 'ownAddresses' | 'innerAddresses'>,
): boolean {
  return innerAddresses.includes(caller) || (ownAddresses.includes(asked) && !ownAddresses.includes(caller));
}
