import * as z from 'zod';
import { cpusOption, imageOption, memoryOption, portOption } from '../options.ts';
import { type Certificates, certificates } from './certificates.ts';
import { edge } from './edge-options.ts';

const certificatesOption = certificates.prefault({ issuer: 'acme' });

const publishOption = z
  .strictObject({
    address: z
      .union([z.literal('all'), z.ipv4(), z.ipv6()], 'must be all, or an IPv4 or IPv6 address')
      .default('all')
      .describe(
        'Address of this host to listen on. all: every one, IPv4 and, where the host has it, IPv6; 0.0.0.0: every IPv4 one; "::": every IPv6 one.',
      ),
    https: portOption.default(443).describe('Port for clients and other homeservers.'),
    http: portOption
      .nullable()
      .default(80)
      .describe('Port that redirects to https and answers certificate challenges; null publishes none.'),
    ipv6_network: z
      .boolean()
      .default(false)
      .describe(
        'Give the network of the proxy and the homeserver IPv6, so that clients that come by IPv6 are seen by their own addresses and not all as one, and so that the server reaches others by IPv6, which a host with IPv6 only needs. Needs Docker Engine 27 or newer, and IPv6 on this host.',
      ),
  })
  .prefault({})
  .describe(
    'Addresses and ports on this host where the proxy listens. No other service of the stack listens on this host.',
  );

/** The section `traefik` of matrix.yaml. */
export const options = z
  .strictObject({
    image: imageOption('traefik'),
    memory: memoryOption('256m', '64m').describe(
      'Memory limit of the container, in mebibytes (512m) or gibibytes (2g). How many connections the proxy takes follows from it: one for each 256 KiB, an eighth of them from one address.',
    ),
    cpus: cpusOption,
    edge,
    certificates: certificatesOption,
    hsts_seconds: z
      .int()
      .min(0)
      .max(63_072_000)
      .nullable()
      .default(null)
      .describe(
        'How long browsers are to use https only for the names that the proxy answers for (Strict-Transport-Security), in seconds: 31536000 is a year. null sends no such header, since a browser that has seen it applies it to every port of the name, until the time is over; 0 makes browsers forget it. Names below these are never included. A site of your own elsewhere sends its own.',
      ),
    publish: publishOption,
  })
  .superRefine(({ edge: { kind }, certificates: chosen, publish }, context) => {
    if (kind === 'own') return;
    for (const [key, value, usual] of [
      ['certificates', chosen, certificatesOption.parse(undefined)],
      // `ipv6_network` applies to every kind of edge: it also decides how the containers reach other servers.
      ['publish', { ...publish, ipv6_network: false }, publishOption.parse(undefined)],
    ] as const) {
      if (JSON.stringify(value) !== JSON.stringify(usual)) {
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `does not go with traefik.edge.kind ${kind}: the proxy of this host has the ports and the certificates`,
          params: { hint: `remove traefik.${key}, or set traefik.edge.kind to own` },
        });
      }
    }
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
  .superRefine(({ certificates: chosen }, context) => {
    if (chosen.issuer === 'acme' && (chosen.challenge === 'dns') !== (chosen.dns !== undefined)) {
      context.addIssue({
        code: 'custom',
        path: ['certificates', chosen.dns === undefined ? 'dns' : 'challenge'],
        message:
          chosen.dns === undefined
            ? 'is missing, and traefik.certificates.challenge is dns'
            : `is ${chosen.challenge}, which does not go with traefik.certificates.dns`,
        params: {
          hint:
            chosen.dns === undefined
              ? 'say how the record is set: by an update to a name server (RFC 2136), or by a program of yours'
              : 'set it to dns, or remove traefik.certificates.dns',
        },
      });
    }
  })
  .describe('The reverse proxy.');

export type TraefikOptions = z.infer<typeof options>;

/** Where the certificates of this proxy come from; `undefined` if another proxy has the certificates. */
export function ownCertificates({
  edge: { kind },
  certificates: chosen,
}: Pick<TraefikOptions, 'edge' | 'certificates'>): Certificates | undefined {
  return kind === 'own' ? chosen : undefined;
}
