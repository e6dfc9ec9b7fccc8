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
          'Who may put rooms of their own into the room directory from their app, by name: [alice, bob]; everybody for all users. `matrix-deploy rooms` can whatever this is.',
        ),
    })
    .prefault({})
    .describe('The room directory.'),
  guest_access: z
    .boolean()
    .default(false)
    .describe(
      'Let apps make guest accounts without asking anybody. Guests can join the rooms that admit them, and nothing else.',
    ),
  encrypt_new_rooms: z
    .enum(['none', 'private', 'all'])
    .default('private')
    .describe(
      'Which new rooms of this server are encrypted although the app did not ask for it: those for invited people (private), those that everybody may join too (all), or none. Encryption cannot be switched off in a room.',
    ),
  url_previews: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe(
          'Fetch web pages that people link to, to show a preview. The homeserver then calls any address that somebody posts, and their owners see it.',
        ),
      never_fetch: z
        .array(addresses)
        .default([])
        .describe(
          'Addresses that are never called for a preview, beside all that are private, reserved or of this machine: those of your own that only this host reaches.',
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
          'Age at which messages are permanently deleted from this server, in all rooms, such as 365d; null keeps them. Rooms cannot have an age of their own.',
        ),
      local_media: daysOption
        .nullable()
        .default(null)
        .describe(
          'Files that users of this server uploaded are permanently deleted when nobody has looked at them for this time; null keeps them. Pictures of users and rooms stay.',
        ),
      remote_media: daysOption
        .nullable()
        .default('90d')
        .describe(
          'Copies of files of other servers are deleted when nobody has looked at them for this time; null keeps them. They are fetched again on demand, as long as their server has them.',
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
          'Servers to talk to: everybody, or only those of a list such as [example.org]; [] closes the server to all others.',
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
          'Whose invitations users of this server get: those of everybody, or only those from this server, from servers that share a room with a user of this one, and from those of known_servers (known-servers).',
        ),
      known_servers: z
        .array(otherServer)
        .default([])
        .describe('Servers whose users may invite from the start, where from is known-servers.'),
    })
    .prefault({})
    .describe('Invitations, against spam.'),
} as const;
