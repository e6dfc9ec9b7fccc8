import { type Component, type Delegation, nothing, type StackContext } from '../component.ts';
import type { Expectation } from '../questions.ts';
import type { Mount, Owner, PublishedPort } from '../service.ts';
import { builtInCertificate, certificateSupport, isStaging, stagingCertificates } from './certificates.ts';
import { challengeSupport } from './dns-challenge.ts';
import { whenHidden, whenHiddenByExisting, whenNotForwarded } from './hidden-clients.ts';
import { proxyLimits } from './limits.ts';
import { failures, hasGivenUpOn } from './log.ts';
import { options, ownCertificates, type TraefikOptions } from './options.ts';
import { proxyService } from './proxy-service.ts';
import { renewalRemedy } from './renewal.ts';
import { routesService } from './route-labels.ts';
import { dynamicSettings, holdsSeconds, staticSettings } from './settings.ts';

const owner: Owner = { uid: 65532, gid: 65532 };
const configuration = '/etc/traefik/traefik.yml';
const loopback = '127.0.0.1';

export const traefik: Component<TraefikOptions> = {
  name: 'traefik',
  options,
  staging(chosen) {
    const own = ownCertificates(chosen);
    const certificates = own && stagingCertificates(own);
    return certificates && { ...chosen, certificates };
  },
  edge({ edge, certificates, publish }) {
    return edge.kind === 'own'
      ? {
          address: boundAddress(publish),
          httpsPort: publish.https,
          httpPort: publish.http ?? undefined,
          service: proxyService,
          holdsSeconds,
          hasIpv6Network: publish.ipv6_network,
          isStaging: isStaging(certificates),
          builtInCertificate,
          certifiesElsewhere:
            certificates.issuer === 'files' ||
            (certificates.issuer === 'acme' && certificates.challenge === 'dns'),
          roots: certificates.issuer === 'local' ? undefined : certificates.roots,
        }
      : {
          // The port of the other proxy.
          httpsPort: 443,
          behind:
            edge.kind === 'host-proxy'
              ? { kind: edge.kind, address: loopback, port: edge.port }
              : { kind: edge.kind, network: edge.network },
          service: edge.kind === 'host-proxy' ? proxyService : undefined,
          holdsSeconds,
          hasIpv6Network: publish.ipv6_network,
          builtInCertificate,
          roots: edge.roots,
        };
  },
  whenHidden({ edge, publish }, family, engineVersion) {
    switch (edge.kind) {
      case 'own':
        return whenHidden(publish, family, engineVersion);
      case 'host-proxy':
        return whenNotForwarded;
      case 'traefik':
        return whenHiddenByExisting(family);
    }
  },
  whenNotRenewed: renewalRemedy,
  // A copy must not be on the network of the existing Traefik. Services with published ports are left out of a copy.
  isolate: ({ edge, ...chosen }) => ({ ...chosen, edge: edge.kind === 'traefik' ? { kind: 'own' } : edge }),
  describe(chosen, context) {
    const { edge, hsts_seconds } = chosen;
    if (edge.kind === 'traefik') {
      return {
        ...nothing,
        derivedServices: ({ routes }) => [routesService({ ...edge, hsts_seconds }, routes, context)],
        roots: [edge.roots ?? []].flat(),
        expectations: certificateExpectations(context),
      };
    }
    const certificates = ownCertificates(chosen);
    const support =
      certificates === undefined
        ? { secrets: [], data: [], certificates: [], mounts: [], roots: [context.edge.roots ?? []].flat() }
        : certificateSupport(certificates, context, owner);
    const dns = certificates?.issuer === 'acme' ? certificates.dns : undefined;
    const challenge = dns && challengeSupport(dns, context);
    const mounts: Mount[] = [
      { source: 'traefik', target: '/etc/traefik' },
      ...support.mounts,
      ...(challenge?.mounts ?? []),
    ];
    return {
      ...nothing,
      services: [
        {
          name: proxyService,
          summary:
            certificates === undefined
              ? 'The reverse proxy: takes requests from the proxy of this host, and is the only service with a published port. It sees no Docker socket.'
              : 'The reverse proxy: ends TLS and is the only service with published ports. It sees no Docker socket.',
          image: context.image(chosen.image),
          user: owner,
          command: [`--configFile=${configuration}`],
          environment: {
            GOMEMLIMIT: String(proxyLimits(chosen.memory).softMemoryBytes),
            ...challenge?.environment,
          },
          mounts,
          tmpfs: challenge?.tmpfs ?? [],
          networks: ['web'],
          ports: publishedPorts(chosen, context.delegation),
          health: ['/usr/local/bin/traefik', 'healthcheck', `--configFile=${configuration}`],
          memory: chosen.memory,
          cpus: chosen.cpus ?? undefined,
          pids: 100,
          stopGraceSeconds: 30,
          whenDown: 'nobody reaches the server; other homeservers try again later',
          needs: [],
          asksServicesOnly: true,
          failures,
        },
      ],
      files: [
        {
          path: 'traefik/traefik.yml',
          template: 'traefik/traefik.yml',
          values: ({ routes }) => staticSettings(routes, chosen),
        },
        {
          path: 'traefik/dynamic/routes.yml',
          template: 'traefik/routes.yml',
          values: ({ routes }) => dynamicSettings(routes, chosen),
        },
      ],
      secrets: support.secrets,
      bundles: challenge?.bundles ?? [],
      certificates: support.certificates,
      data: support.data,
      roots: support.roots,
      probes: certificates === undefined ? [] : certificateProbes(context, support.certificates[0]?.copy),
      expectations: certificateExpectations(context),
    };
  },
};

function certificateExpectations({ delegation, host }: StackContext): Expectation[] {
  return delegation.names.map((name) => ({
    name: 'a valid certificate',
    host: name,
    at: delegation.leading.includes(name) ? undefined : host,
    path: '/',
    // Any answer on a trusted connection is enough.
    judge: () => undefined,
  }));
}

/**
 * Traefik stays "healthy" with its built-in certificate when a resolver fails: only the certificate that it serves
 * shows the failure.
 */
function certificateProbes({ delegation }: StackContext, copy: string | undefined) {
  return delegation.names.map((name) => ({
    service: proxyService,
    name: `serves a certificate for ${name}`,
    kind: 'certificate' as const,
    host: name,
    copy,
    timeoutSeconds: 600,
    hasGivenUp: hasGivenUpOn(name),
  }));
}

function publishedPorts(
  { edge, publish }: TraefikOptions,
  { federationPort = publish.https }: Pick<Delegation, 'federationPort'>,
): PublishedPort[] {
  if (edge.kind === 'host-proxy') return [{ address: loopback, published: edge.port, target: 8443 }];
  const { http, https } = publish;
  const address = boundAddress(publish);
  // Traefik tells requests of other homeservers from those of clients by name and path, not by port.
  const ports = [...new Set([https, federationPort])].map((published) => ({
    address,
    published,
    target: 8443,
  }));
  return http === null ? ports : [{ address, published: http, target: 8080 }, ...ports];
}

/** Without an address the engine binds to all of IPv4, and to all of IPv6 where the kernel has it. */
function boundAddress({ address }: TraefikOptions['publish']): string | undefined {
  return address === 'all' ? undefined : address;
}
