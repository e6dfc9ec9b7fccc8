import * as z from 'zod';
import { cpusOption, imageOption, memoryOption } from '../options.ts';
import { certificates } from './certificates.ts';

const port = z.int().min(1).max(65535);

/** The section `traefik` of matrix.yaml. */
export const options = z
  .strictObject({
    image: imageOption('traefik'),
    memory: memoryOption('256m', '64m').describe(
      'Memory limit of the container, in mebibytes (512m) or gibibytes (2g). How many connections the proxy takes follows from it: one for each 256 KiB, an eighth of them from one address.',
    ),
    cpus: cpusOption,
    certificates: certificates.prefault({ issuer: 'acme' }),
    hsts_seconds: z
      .int()
      .min(0)
      .max(63_072_000)
      .nullable()
      .default(null)
      .describe(
        'How long browsers are to use https only for the names that the proxy answers for (Strict-Transport-Security), in seconds: 31536000 is a year. null sends no such header, since a browser that has seen it applies it to every port of the name, until the time is over; 0 makes browsers forget it. Names below these are never included. A site of your own elsewhere sends its own.',
      ),
    publish: z
      .strictObject({
        address: z
          .union([z.literal('all'), z.ipv4(), z.ipv6()], 'must be all, or an IPv4 or IPv6 address')
          .default('all')
          .describe(
            'Address of this host to listen on. all: every one, IPv4 and, where the host has it, IPv6; 0.0.0.0: every IPv4 one; "::": every IPv6 one.',
          ),
        https: port.default(443).describe('Port for clients and other homeservers.'),
        http: port
          .nullable()
          .default(80)
          .describe('Port that redirects to https and answers certificate challenges; null publishes none.'),
        ipv6_network: z
          .boolean()
          .default(false)
          .describe(
            "Give the proxy's network IPv6, so that clients that come by IPv6 are seen by their own addresses and not all as one. Needs Docker Engine 27 or newer, and IPv6 on this host.",
          ),
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
