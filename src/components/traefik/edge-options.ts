import * as z from 'zod';
import { portOption } from '../options.ts';
import { isSecretName, isUrlWithPassword } from '../plain-secret.ts';
import { rootsOption } from './certificates.ts';
import { relays } from './counted-entry.ts';

/** A name in the configuration of Traefik that can be part of a label. */
const traefikName = (what: string) =>
  z.string().regex(/^[A-Za-z0-9_-]+$/, `must be the name of ${what}, without a provider`);

const roots = rootsOption.describe(
  'PEM file in the deployment directory with the CA certificates of the private CA that issues the certificates of this server. They are trusted in addition to the public ones: by `verify`, and by the homeserver, when it connects to other servers.',
);

/** The names from the configuration of an existing Traefik that its settings need. */
export const traefikEdge = {
  network: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'must be the name of a Docker network')
    .refine(
      (network) => !['bridge', 'host', 'none'].includes(network),
      "must not be one of Docker's own: containers do not find each other by name there",
    )
    .describe('Full name of an existing Docker network that the running Traefik is connected to.'),
  entry_point: traefikName('an entry point').default('websecure').describe('Its entry point for port 443.'),
  certificate_resolver: traefikName('a certificate resolver')
    .nullable()
    .default(null)
    .describe(
      'Its certificate resolver for the certificates of this server; null if its entry point names one, or if it reads the certificates from files.',
    ),
};

/**
 * The kinds of proxy that clients connect to: this one, or an existing one that passes requests on. A new kind is a
 * new branch of `edge`.
 */
export const edgeKinds = ['own', 'host-proxy', 'traefik'] as const;

export const edge = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('own').describe('This proxy, which publishes its ports and obtains its certificates.'),
    }),
    z.strictObject({
      kind: z
        .literal('host-proxy')
        .describe(
          'A proxy that this host has already, such as nginx, Caddy, Apache or HAProxy. It has ports 80 and 443 and the certificates, and passes requests on to this one. `matrix-deploy edge snippet` prints its settings. traefik.certificates and traefik.publish are left out then.',
        ),
      port: portOption
        .default(8008)
        .describe('Port on 127.0.0.1 where this proxy takes requests without TLS.'),
      engine_addresses: z
        .array(z.union([z.cidrv4(), z.cidrv6()], 'must be ranges such as 172.16.0.0/12'))
        .min(1)
        .default([...relays])
        .describe(
          "Addresses that connections from this host have inside the proxy's container: the Docker engine's own. X-Forwarded-For and X-Forwarded-Proto are trusted only from there. The default covers the engine's default address pools; change it if you changed default-address-pools.",
        ),
      roots,
    }),
    z.strictObject({
      kind: z
        .literal('traefik')
        .describe(
          'A Traefik that runs in a container of this host already. It has ports 80 and 443 and the certificates, and finds the homeserver by labels, on its own Docker network. No proxy of ours is started. traefik.certificates and traefik.publish are left out then.',
        ),
      ...traefikEdge,
      middlewares: z
        .array(z.string().regex(/^[A-Za-z0-9_-]+(@[a-z]+)?$/, 'must be names such as limits@file'))
        .default([])
        .describe(
          'Its middlewares for requests to the homeserver, in this order, such as limits@file. They must not change paths, ask for a password or buffer whole bodies.',
        ),
      labels: z
        .record(z.string().regex(/^[A-Za-z0-9._-]+$/, 'must be a label'), z.string())
        .superRefine((labels, context) => {
          for (const [label, value] of Object.entries(labels)) {
            if (!holdsSecret(label, value)) continue;
            context.addIssue({
              code: 'custom',
              path: [label],
              message: 'must not hold a secret: every user of this host can read docker-compose.yml',
              params: {
                hint: 'set it in a file that the running Traefik reads, and name its middleware in traefik.edge.middlewares',
              },
            });
          }
        })
        .default({})
        .describe('Further container labels, for a Traefik whose constraints require them.'),
      roots,
    }),
  ])
  .prefault({ kind: 'own' })
  .describe(
    'Which proxy takes connections from the internet: this one, or one that already runs on this host.',
  );

/**
 * Whether a label holds a secret. `…basicauth.users` has password hashes, and other software uses names such as
 * `apiKey` or `api-key`.
 */
function holdsSecret(label: string, value: string): boolean {
  if (value === '') return false;
  const name = (label.split('.').at(-1) ?? '').replaceAll(/([a-z])([A-Z])/g, '$1_$2').replaceAll('-', '_');
  return (
    isSecretName(name) ||
    isUrlWithPassword(value) ||
    /\.(?:basic|digest)auth\.users(?:\[\d+\])?$/i.test(label)
  );
}

export type EdgeOptions = z.infer<typeof edge>;
