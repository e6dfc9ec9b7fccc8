import type { Route, Settings } from '../component.ts';
import { type Certificates, inContainer, storageFile } from './certificates.ts';
import { countedEntry } from './counted-entry.ts';
import { dnsProvider } from './dns-challenge.ts';
import { givenCopy } from './given-files.ts';
import { proxyLimits } from './limits.ts';
import { ownCertificates, type TraefikOptions } from './options.ts';
import { readSeconds } from './timeouts.ts';

/** Values of Traefik's static configuration. */
export function staticSettings(routes: readonly Route[], options: TraefikOptions): Settings {
  const { edge, publish } = options;
  const certificates = ownCertificates(options);
  const ordered = certificates?.issuer === 'acme' ? certificates : undefined;
  return {
    entryPoints: {
      ...(publish.http === null || edge.kind !== 'own'
        ? { 'public-http': undefined, 'counted-http': undefined, web: undefined }
        : // To a port, not to an entry point: that would lead to the port inside the container.
          { web: { http: { redirections: { entryPoint: { to: `:${publish.https}` } } } } }),
      websecure: {
        transport: {
          respondingTimeouts: {
            readTimeout: `${readSeconds(routes.map(({ largestBodyBytes }) => largestBodyBytes))}s`,
          },
        },
        // Forwarded headers, with the address of the client and the scheme, are trusted only from the proxy of the
        // host.
        forwardedHeaders: edge.kind === 'host-proxy' ? { trustedIPs: edge.engine_addresses } : undefined,
        http: {
          tls:
            certificates === undefined
              ? undefined
              : { certResolver: ordered === undefined ? undefined : 'acme' },
        },
      },
    },
    certificatesResolvers:
      ordered === undefined
        ? undefined
        : {
            acme: {
              acme: {
                email: ordered.email,
                storage: `${inContainer.acme}/${storageFile(ordered)}`,
                caServer: ordered.directory,
                certificatesDuration: ordered.lifetime_hours,
                caCertificates: ordered.roots === undefined ? undefined : [inContainer.roots],
                ...challengeSettings(ordered),
              },
            },
          },
  };
}

/** How Traefik proves control of names: one of its three challenges. */
function challengeSettings({ challenge, dns }: Extract<Certificates, { issuer: 'acme' }>): Settings {
  if (dns !== undefined) return { dnsChallenge: { provider: dnsProvider(dns) } };
  return challenge === 'http' ? { httpChallenge: { entryPoint: 'web' } } : { tlsChallenge: {} };
}

/** How long a request waits for a service that does not answer, in seconds: less than clients wait for an answer. */
export const holdsSeconds = 50;

/**
 * Values of Traefik's dynamic file: a router and a backend for each route, and how connections get there.
 *
 * @throws if Traefik would evaluate a value: it runs dynamic files through Go's text/template.
 */
export function dynamicSettings(routes: readonly Route[], options: TraefikOptions): Settings {
  const { edge, hsts_seconds, publish } = options;
  const limits = proxyLimits(options.memory);
  const settings = {
    http: {
      routers: Object.fromEntries(
        routes.map((route) => [
          route.name,
          {
            entryPoints: ['websecure'],
            rule: routerRule(route),
            middlewares: [
              ...(route.requestsPerClient === undefined ? [] : [limiterName(route)]),
              'until-reached',
            ],
            service: backendName(route),
          },
        ]),
      ),
      services: Object.fromEntries(
        routes.map((route) => [
          backendName(route),
          {
            loadBalancer: {
              serversTransport: 'backend',
              // The dot at the end makes the name absolute: the search domains of the host are not tried.
              servers: [{ url: `http://${route.service}.:${route.port}` }],
            },
          },
        ]),
      ),
      middlewares: {
        'until-reached': { retry: { timeout: `${holdsSeconds}s` } },
        'requests-of-address': { inFlightReq: requestsOfClient(limits.requests, edge.kind) },
        ...Object.fromEntries(
          routes.flatMap((route) =>
            route.requestsPerClient === undefined
              ? []
              : [[limiterName(route), { inFlightReq: requestsOfClient(route.requestsPerClient, edge.kind) }]],
          ),
        ),
        'answer-headers': {
          headers: {
            customResponseHeaders: {
              'Strict-Transport-Security': hsts_seconds === null ? undefined : `max-age=${hsts_seconds}`,
            },
          },
        },
      },
    },
    tcp:
      edge.kind === 'own'
        ? countedEntry(limits, publish.http === null ? ['https'] : ['http', 'https'])
        : countedEntry({ ...limits, perAddress: limits.connections, relayed: limits.connections }, ['https']),
    tls: servedFiles(ownCertificates(options)?.issuer),
  };
  if (JSON.stringify(settings).includes('{{')) {
    throw new Error('a route contains {{, which Traefik would evaluate as a template');
  }
  return settings;
}

/** The certificate that is read from files. It is served to clients without SNI, too. */
function servedFiles(issuer: Certificates['issuer'] | undefined): Settings {
  const files = {
    local: { certFile: inContainer.certificate, keyFile: inContainer.key },
    files: { certFile: givenCopy.inContainer, keyFile: givenCopy.inContainer },
    acme: undefined,
  }[issuer ?? 'acme'];
  return files === undefined
    ? { certificates: undefined, stores: undefined }
    : { certificates: [files], stores: { default: { defaultCertificate: files } } };
}

/**
 * Limits the concurrent requests of one client, identified by its address, or by its network in IPv6. Without a
 * criterion, Traefik would count all clients of a hostname together. Behind another proxy, the address is the last
 * one in X-Forwarded-For. The limit is then half as high, because no limit of connections applies to a client.
 */
function requestsOfClient(requests: number, edge: TraefikOptions['edge']['kind']): Settings {
  return edge === 'own'
    ? { amount: requests, sourceCriterion: { ipStrategy: { ipv6Subnet } } }
    : { amount: Math.floor(requests / 2), sourceCriterion: { ipStrategy: { depth: 1, ipv6Subnet } } };
}

/** Bits of an IPv6 address that identify one client of a provider (RFC 6177). */
const ipv6Subnet = 64;

/** Traefik's rule for a route: any of its names and any of its path prefixes. */
export function routerRule({ hosts, pathPrefixes }: Pick<Route, 'hosts' | 'pathPrefixes'>): string {
  const host = anyOf(hosts.map((name) => `Host(\`${name}\`)`));
  const path = anyOf(pathPrefixes.map((prefix) => `PathPrefix(\`${prefix}\`)`));
  return `${host} && ${path}`;
}

function anyOf(matchers: readonly string[]): string {
  return matchers.length === 1 ? String(matchers[0]) : `(${matchers.join(' || ')})`;
}

function limiterName({ name }: Route): string {
  return `requests-to-${name}`;
}

function backendName({ service, port }: Route): string {
  return `${service}-${port}`;
}
