import { z } from 'zod';
import { testedImage } from '../../releases/releases.ts';
import {
  type Component,
  lastLine,
  type Mount,
  nothing,
  type Owner,
  type PublishedPort,
  type StackContext,
} from '../component.ts';
import { imageOption, memoryOption } from '../options.ts';
import { certificateSupport, certificates } from './certificates.ts';
import { dynamicSettings, staticSettings } from './settings.ts';

const port = z.int().min(1).max(65535);

const options = z
  .strictObject({
    image: imageOption(testedImage('traefik')),
    memory: memoryOption('256m'),
    certificates: certificates.prefault({ issuer: 'acme' }),
    publish: z
      .strictObject({
        address: z
          .union([z.ipv4(), z.ipv6()], 'must be an IPv4 or IPv6 address')
          .default('0.0.0.0')
          .describe('Address of this host to listen on.'),
        https: port.default(443).describe('Port for clients and other homeservers.'),
        http: port
          .nullable()
          .default(80)
          .describe('Port that redirects to https and answers certificate challenges; null publishes none.'),
      })
      .prefault({})
      .describe('Where the proxy, and nothing else of the stack, listens on this host.'),
  })
  .superRefine(({ certificates: chosen, publish }, context) => {
    if (chosen.issuer === 'acme' && chosen.challenge === 'http' && publish.http === null) {
      context.addIssue({
        code: 'custom',
        path: ['certificates', 'challenge'],
        message: 'is http, which needs a published port 80',
        params: { hint: 'set traefik.publish.http to 80, or the challenge to tls-alpn' },
      });
    }
  })
  .describe('The reverse proxy.');

export type TraefikOptions = z.infer<typeof options>;

const owner: Owner = { uid: 65532, gid: 65532 };
const configuration = '/etc/traefik/traefik.yml';

export const traefik: Component<TraefikOptions> = {
  name: 'traefik',
  options,
  edge: ({ publish: { address, https, http } }) => ({
    address,
    httpsPort: https,
    httpPort: http ?? undefined,
  }),
  describe(chosen, context) {
    const support = certificateSupport(chosen.certificates, context, owner);
    const mounts: Mount[] = [{ source: 'traefik', target: '/etc/traefik' }, ...support.mounts];
    return {
      ...nothing,
      services: [
        {
          name: 'traefik',
          summary:
            'The reverse proxy: ends TLS and is the only service with published ports. It sees no Docker socket.',
          image: context.image(chosen.image),
          user: owner,
          command: [`--configFile=${configuration}`],
          environment: {},
          mounts,
          tmpfs: [],
          networks: ['web'],
          ports: publishedPorts(chosen),
          health: ['/usr/local/bin/traefik', 'healthcheck', `--configFile=${configuration}`],
          memory: chosen.memory,
          pids: 100,
          stopGraceSeconds: 30,
          needs: [],
          explain: lastLine,
        },
      ],
      files: [
        {
          path: 'traefik/traefik.yml',
          template: 'traefik/traefik.yml',
          values: () => staticSettings(chosen),
        },
        {
          path: 'traefik/dynamic/routes.yml',
          template: 'traefik/routes.yml',
          values: ({ routes }) => dynamicSettings(routes, chosen),
        },
      ],
      secrets: support.secrets,
      data: support.data,
      roots: support.roots,
      probes: certificateProbes(context),
    };
  },
};

/** Traefik stays "healthy" on its built-in certificate when a resolver fails: only the certificate that it serves tells. */
function certificateProbes({ host, serverName }: StackContext) {
  return [...new Set([host, serverName])].map((name) => ({
    service: 'traefik',
    name: `serves a certificate for ${name}`,
    kind: 'certificate' as const,
    host: name,
    timeoutSeconds: 120,
  }));
}

function publishedPorts({ publish: { address, http, https } }: TraefikOptions): PublishedPort[] {
  const ports = [{ address, published: https, target: 8443 }];
  return http === null ? ports : [{ address, published: http, target: 8080 }, ...ports];
}
