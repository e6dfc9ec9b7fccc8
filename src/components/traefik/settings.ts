import type { Route, Settings } from '../component.ts';
import { inContainer, storageFile } from './certificates.ts';
import { countedEntry } from './counted-entry.ts';
import { proxyLimits } from './limits.ts';
import type { TraefikOptions } from './options.ts';
import { readSeconds } from './timeouts.ts';

/** Values of Traefik's static configuration. */
export function staticSettings(
  routes: readonly Route[],
  { certificates, publish }: TraefikOptions,
): Settings {
  const local = certificates.issuer === 'local';
  return {
    entryPoints: {
      ...(publish.http === null
        ? { 'public-http': undefined, 'counted-http': undefined, web: undefined }
        : // By port, not by entry point: that would name the port inside the container.
          { web: { http: { redirections: { entryPoint: { to: `:${publish.https}` } } } } }),
      websecure: {
        transport: {
          respondingTimeouts: {
            readTimeout: `${readSeconds(routes.map(({ largestBodyBytes }) => largestBodyBytes))}s`,
          },
        },
        http: { tls: { certResolver: local ? undefined : 'acme' } },
      },
    },
    certificatesResolvers: local
      ? undefined
      : {
          acme: {
            acme: {
              email: certificates.email,
              storage: `${inContainer.acme}/${storageFile(certificates)}`,
              caServer: certificates.directory,
              caCertificates: certificates.roots === undefined ? undefined : [inContainer.roots],
              tlsChallenge: certificates.challenge === 'tls-alpn' ? {} : undefined,
              httpChallenge: certificates.challenge === 'http' ? { entryPoint: 'web' } : undefined,
            },
          },
        },
  };
}

/** How long a request waits for a service that does not answer: less than clients wait for an answer. */
export const holdsSeconds = 50;

/**
 * Values of Traefik's dynamic file: one router and one backend a route, and the way of a connection to them.
 *
 * @throws when a value would be evaluated: Traefik runs dynamic files through Go's text/template.
 */
export function dynamicSettings(
  routes: readonly Route[],
  { certificates, hsts_seconds, memory, publish }: TraefikOptions,
): Settings {
  const limits = proxyLimits(memory);
  const local = { certFile: inContainer.certificate, keyFile: inContainer.key };
  const settings = {
    http: {
      routers: Object.fromEntries(
        routes.map((route) => [
          route.name,
          {
            entryPoints: ['websecure'],
            rule: routerRule(route),
            middlewares: ['until-reached'],
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
              // With a dot at its end, since the domains in which the host looks for names are not where the service is.
              servers: [{ url: `http://${route.service}.:${route.port}` }],
            },
          },
        ]),
      ),
      middlewares: {
        'until-reached': { retry: { timeout: `${holdsSeconds}s` } },
        'requests-of-address': { inFlightReq: { amount: limits.requests } },
        'answer-headers': {
          headers: {
            customResponseHeaders: {
              'Strict-Transport-Security': hsts_seconds === null ? undefined : `max-age=${hsts_seconds}`,
            },
          },
        },
      },
    },
    tcp: countedEntry(limits, publish.http === null ? ['https'] : ['http', 'https']),
    tls:
      certificates.issuer === 'local'
        ? { certificates: [local], stores: { default: { defaultCertificate: local } } }
        : { certificates: undefined, stores: undefined },
  };
  if (JSON.stringify(settings).includes('{{')) {
    throw new Error('a route contains {{, which Traefik would evaluate as a template');
  }
  return settings;
}

/** Traefik's rule for a route: any of its names and any of its path prefixes. */
export function routerRule({ hosts, pathPrefixes }: Pick<Route, 'hosts' | 'pathPrefixes'>): string {
  const host = anyOf(hosts.map((name) => `Host(\`${name}\`)`));
  const path = anyOf(pathPrefixes.map((prefix) => `PathPrefix(\`${prefix}\`)`));
  return `${host} && ${path}`;
}

function anyOf(matchers: readonly string[]): string {
  return matchers.length === 1 ? String(matchers[0]) : `(${matchers.join(' || ')})`;
}

function backendName({ service, port }: Route): string {
  return `${service}-${port}`;
}
