import { type CaaRecord, getServers, type SrvRecord } from 'node:dns';
import { createServer, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { DnsAnswer, DnsQuestion } from './dns/answers.ts';
import type { RecordChange, UpdateKey } from './dns/update.ts';
import { lookUp } from './look-up.ts';
import { askNameServers } from './name-servers.ts';
import { receive } from './receive.ts';

/** Requests to the network around this host. No method throws: a failure is returned as a value. */
export interface Network {
  addresses(name: string, family: 'A' | 'AAAA'): Promise<Lookup<string>>;
  caa(name: string): Promise<Lookup<CaaRecord>>;
  srv(name: string): Promise<Lookup<SrvRecord>>;
  /** The target of a name that is an alias (CNAME). */
  cname(name: string): Promise<Lookup<string>>;
  /** The texts of a name, each joined from its parts (RFC 7208, section 3.3). */
  txt(name: string): Promise<Lookup<string>>;
  /** The mail servers of a domain. */
  mx(name: string): Promise<Lookup<string>>;
  /** Asks one name server; its address has a port if that is not 53. */
  query(server: string, question: DnsQuestion): Promise<DnsAnswer | Failure>;
  /** Asks a name server to change a record; `undefined` on success. Its address has a port if that is not 53. */
  update(server: string, change: RecordChange, key: UpdateKey, now: Date): Promise<Failure | undefined>;
  /** The name servers that this host asks, by resolv.conf(5). */
  resolvers(): readonly string[];
  /** @param roots PEM of the CA certificates to trust in place of the public ones. */
  get(url: string, roots: string | undefined): Promise<WebAnswer | Failure>;
  /** Asks for a name at an address and port, without TLS. Returns the body; `undefined` if there is no answer. */
  ask(name: string, address: string, port: number): Promise<string | undefined>;
  /** The error code if a host cannot be resolved or, with a port, accepts no connection; `undefined` on success. */
  reach(host: string, port: number | undefined): Promise<string | undefined>;
  /**
   * Answers every request to a port of this host with a text, until it is closed. Listens at all addresses if
   * `address` is `undefined`. Returns `undefined` if the port is not available.
   */
  answer(address: string | undefined, port: number, text: string): Promise<{ close(): void } | undefined>;
}

/** The records of a name, none if it has none or does not exist; or why the lookup has failed. */
export type Lookup<Value> = { readonly records: readonly Value[] } | Failure;

export interface Failure {
  /** An error code of the system, of node:dns or of node:tls. */
  readonly failure: string;
}

export interface WebAnswer {
  readonly status: number;
  readonly body: string;
  /** The time by the server's clock, as in the header `Date`. */
  readonly date: string | undefined;
  /** Why its certificate is not trusted; `undefined` if it is. */
  readonly distrust: string | undefined;
}

const answerMilliseconds = 5000;
const echoMilliseconds = 2000;
const reachMilliseconds = 3000;
/** Maximum length of an answer from an unknown server. The ACME directory of a CA has some hundred bytes. */
const answerBytes = 2 ** 20;

/** @param signal ends every wait */
export function thisNetwork(signal?: AbortSignal): Network {
  return {
    // Does not use the system's resolver, which reads /etc/hosts: the question is what others see.
    addresses: (name, family) =>
      recordsOf(
        askNameServers((resolver) => (family === 'A' ? resolver.resolve4(name) : resolver.resolve6(name)), {
          signal,
        }),
      ),
    caa: (name) => recordsOf(askNameServers((resolver) => resolver.resolveCaa(name), { signal })),
    srv: (name) => recordsOf(askNameServers((resolver) => resolver.resolveSrv(name), { signal })),
    cname: (name) => recordsOf(askNameServers((resolver) => resolver.resolveCname(name), { signal })),
    txt: (name) =>
      recordsOf(
        askNameServers(async (resolver) => (await resolver.resolveTxt(name)).map((parts) => parts.join('')), {
          signal,
        }),
      ),
    mx: (name) =>
      recordsOf(
        askNameServers(async (resolver) => (await resolver.resolveMx(name)).map(({ exchange }) => exchange), {
          signal,
        }),
      ),
    query: async (server, question) => (await import('./dns/ask.ts')).askServer(server, question, signal),
    update: async (server, change, key, now) =>
      (await import('./dns/update.ts')).updateRecord(server, change, key, now, signal),
    resolvers: getServers,
    async get(url, roots) {
      // Whether the certificate is trusted is a part of the answer. Even an untrusted server's `Date` is of use.
      const outgoing = requestSecure(url, {
        ca: roots,
        agent: false,
        rejectUnauthorized: false,
        lookup: lookUp,
      });
      try {
        const { status, body, headers, socket } = await receive(outgoing, {
          within: answerMilliseconds,
          bytes: answerBytes,
          signal,
        });
        const { authorized, authorizationError } = socket as TLSSocket;
        return {
          status,
          body,
          date: headers.date,
          distrust: authorized ? undefined : codeOf(authorizationError),
        };
      } catch (error) {
        return { failure: codeOf(error) };
      }
    },
    async ask(name, address, port) {
      const outgoing = requestPlain({ host: address, port, agent: false, headers: { host: name } });
      return receive(outgoing, { within: echoMilliseconds, bytes: answerBytes, signal }).then(
        ({ body }) => body,
        () => undefined,
      );
    },
    reach: (host, port) => (port === undefined ? resolve(host) : connectTo(host, port)),
    async answer(address, port, body) {
      const server = createServer((_request, response) => response.end(body));
      return new Promise((resolve) => {
        server.once('error', () => resolve(undefined));
        // As the engine binds: `::` does not include IPv4.
        server.listen({ port, host: address, ipv6Only: address === '::' }, () =>
          resolve({
            close() {
              server.close();
              server.closeAllConnections();
            },
          }),
        );
      });
    },
  };
}

// By /etc/hosts and the name servers of this host, which may know names that the public DNS does not have.
async function resolve(host: string): Promise<string | undefined> {
  return new Promise((done) => {
    lookUp(host, { all: true }, (error) => done(error === null ? undefined : codeOf(error)));
  });
}

async function connectTo(host: string, port: number): Promise<string | undefined> {
  return new Promise((done) => {
    const socket = connect({ host, port, lookup: lookUp });
    const end = (failure?: string) => {
      socket.destroy();
      done(failure);
    };
    socket.setTimeout(reachMilliseconds, () => end('ETIMEDOUT'));
    socket.once('error', (error) => end(codeOf(error)));
    socket.once('connect', () => end());
  });
}

async function recordsOf<Value>(answer: Promise<readonly Value[]>): Promise<Lookup<Value>> {
  return answer.then(
    (records) => ({ records }),
    (error) => ({ failure: codeOf(error) }),
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
