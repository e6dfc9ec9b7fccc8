import * as z from 'zod';
import { localpart } from '../../identifiers/localpart.ts';
import { parseServerName } from '../../identifiers/server-name.ts';
import { daysOption } from '../options.ts';

const otherServer = z
  .string()
  .refine(
    (name) => parseServerName(name)?.text === name,
    'must be a server name in lower case, such as example.org',
  );

const addresses = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
  error: 'must be an IP address, or a block of them such as 203.0.113.0/24',
});

/** The options for what users and other servers may do, in the section `synapse` of matrix.yaml. */
export const policyOptions = {
  public_rooms: z
    .strictObject({
      over_federation: z
        .boolean()
        .default(false)
        .describe('Show the room directory of this server to other servers, and so to their users.'),
      publishers: z
        .union([z.literal('everybody'), z.array(localpart('A user of this server.'))], {
          error: 'must be everybody, or a list of users of this server such as [alice]',
        })
        .default([])
        .describe(
          'Users who may add their rooms to the room directory from their app: a list such as [alice, bob], or everybody. `matrix-deploy rooms` can always do it.',
        ),
    })
    .prefault({})
    .describe('The room directory.'),
  guest_access: z
    .boolean()
    .default(false)
    .describe(
      'Allow apps to create guest accounts without a registration. Guests can only join rooms that admit guests.',
    ),
  encrypt_new_rooms: z
    .enum(['none', 'private', 'all'])
    .default('private')
    .describe(
      'New rooms that are encrypted even if the app does not request it: rooms for invited people only (private), also rooms that everybody may join (all), or none. Encryption cannot be turned off in a room.',
    ),
  url_previews: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe(
          'Fetch linked web pages to show previews. The homeserver then requests every address that somebody posts, and the owners of those sites see that.',
        ),
      never_fetch: z
        .array(addresses)
        .default([])
        .describe(
          'Further addresses that are never fetched for a preview, such as public ones of your own that only this host reaches. Private and reserved addresses and those of this host are never fetched.',
        ),
    })
    .prefault({})
    .describe('Previews of links.'),
  retention: z
    .strictObject({
      messages: daysOption
        .nullable()
        .default(null)
        .describe(
          'Age at which messages are permanently deleted from this server, such as 365d; null keeps them. It applies to all rooms alike.',
        ),
      local_media: daysOption
        .nullable()
        .default(null)
        .describe(
          'Files that users of this server uploaded are permanently deleted after nobody has opened them for this time; null keeps them. Pictures of users and rooms are kept.',
        ),
      remote_media: daysOption
        .nullable()
        .default('90d')
        .describe(
          'Copies of files from other servers are deleted after nobody has opened them for this time; null keeps them. They are fetched again on demand while their server still has them.',
        ),
    })
    .prefault({})
    .describe('How long messages and files are kept.'),
  federation: z
    .strictObject({
      allow: z
        .union([z.literal('everybody'), z.array(otherServer)], {
          error: 'must be everybody, or a list of server names; [] for none',
        })
        .default('everybody')
        .describe(
          'Servers to federate with: everybody, or a list such as [example.org]; [] turns federation off.',
        ),
    })
    .prefault({})
    .describe('Other servers.'),
  invites: z
    .strictObject({
      from: z
        .enum(['everybody', 'known-servers'])
        .default('everybody')
        .describe(
          'Which invitations reach users of this server: all (everybody), or only those from this server, from servers that share a room with it, and from the servers in known_servers (known-servers).',
        ),
      known_servers: z
        .array(otherServer)
        .default([])
        .describe('With from: known-servers, further servers whose invitations are accepted.'),
    })
    .prefault({})
    .describe('Invitations that are accepted, to keep out spam.'),
} as const;
