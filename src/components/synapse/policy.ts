import { toolUserId, userIdOf } from '../../identifiers/user-id.ts';
import type { OwnRegistration } from '../application-service.ts';
import type { Settings, SettingValue } from '../component.ts';
import type { Warning } from '../warning.ts';
import { neverFetched } from './never-fetched.ts';
import type { SynapseOptions } from './options.ts';
import type { OverrideIssue } from './overrides.ts';

/**
 * How often Synapse looks for messages to delete. Its own default is longer: since the interval starts again at each
 * start of Synapse, the deletion might never come.
 */
export const purgeInterval = '12h';

/** Synapse's names for the kinds of new rooms that are encrypted by default (synapse/config/room.py). */
const encryptedTypes = { none: 'off', private: 'invite', all: 'all' } as const;

/** The options of homeserver.yaml for what users and other servers may do. */
export function policySettings(chosen: SynapseOptions, serverName: string): Settings {
  const { public_rooms, url_previews, retention, federation, invites } = chosen;
  return {
    allow_public_rooms_over_federation: public_rooms.over_federation,
    room_list_publication_rules: publicationRules(public_rooms.publishers, serverName),
    allow_guest_access: chosen.guest_access,
    encryption_enabled_by_default_for_room_type: encryptedTypes[chosen.encrypt_new_rooms],
    ...(url_previews.enabled
      ? {
          url_preview_enabled: true,
          url_preview_ip_range_blacklist: [...neverFetched, ...url_previews.never_fetch],
        }
      : {}),
    media_retention: {
      remote_media_lifetime: retention.remote_media ?? undefined,
      local_media_lifetime: retention.local_media ?? undefined,
    },
    ...(retention.messages === null ? {} : { retention: messageRetention(retention.messages) }),
    ...(federation.allow === 'everybody' ? {} : closedTo(federation.allow)),
    ...(invites.from === 'everybody'
      ? {}
      : { modules: [{ module: 'known_servers.KnownServers', config: { servers: invites.known_servers } }] }),
  };
}

function publicationRules(
  publishers: SynapseOptions['public_rooms']['publishers'],
  serverName: string,
): SettingValue[] {
  if (publishers === 'everybody') return [{ action: 'allow' }];
  const users = publishers.map((name) => userIdOf(name, serverName));
  return [toolUserId(serverName), ...users].map((user_id) => ({ user_id, action: 'allow' }));
}

/** One age for all rooms: otherwise an admin of a room could have the messages of other users deleted. */
function messageRetention(age: string): Settings {
  return {
    enabled: true,
    default_policy: { max_lifetime: age },
    allowed_lifetime_min: age,
    allowed_lifetime_max: age,
    purge_jobs: [{ interval: purgeInterval }],
  };
}

/**
 * Limits federation to these servers. A notary that is not among them is not asked for keys, since Synapse would log
 * a failure each time.
 */
function closedTo(servers: readonly string[]): Settings {
  const notary = 'matrix.org';
  return {
    federation_domain_whitelist: servers,
    ...(servers.includes(notary) ? {} : { trusted_key_servers: [] }),
  };
}

type Policy = Pick<SynapseOptions, 'public_rooms' | 'url_previews' | 'federation' | 'invites' | 'overrides'>;

/** Settings that contradict each other. */
export function policyIssues(chosen: Policy): OverrideIssue[] {
  const { public_rooms, url_previews, federation, invites, overrides } = chosen;
  const { allow } = federation;
  const proxy = ['https_proxy', 'http_proxy'].find((name) => overrides[name] !== undefined);
  return [
    ...(public_rooms.over_federation && allow.length === 0
      ? [
          {
            path: ['public_rooms', 'over_federation'],
            message: 'shows the room directory to other servers, and synapse.federation.allow lets none in',
            hint: 'set it to false, or name the servers in synapse.federation.allow',
          },
        ]
      : []),
    ...invites.known_servers.flatMap((server, index) =>
      allow === 'everybody' || allow.includes(server)
        ? []
        : [
            {
              path: ['invites', 'known_servers', index],
              message: `is ${server}, which synapse.federation.allow does not let in`,
              hint: 'add it there, or leave it out here',
            },
          ],
    ),
    ...(url_previews.enabled && proxy !== undefined
      ? [
          {
            path: ['url_previews', 'enabled'],
            message: `has no protection with ${proxy} among synapse.overrides: the proxy decides which addresses are called`,
            hint: 'leave one of them out',
          },
        ]
      : []),
    ...(invites.from === 'known-servers' && overrides.modules !== undefined
      ? [
          {
            path: ['overrides', 'modules'],
            message: 'takes the place of the module that synapse.invites.from needs',
            hint: 'set synapse.invites.from to everybody, or leave the modules out',
          },
        ]
      : []),
  ];
}

/** Warnings about settings that Synapse treats differently than an operator may expect. */
export function policyWarnings(
  { retention, invites, encrypt_new_rooms }: SynapseOptions,
  registrations: readonly Pick<OwnRegistration, 'component' | 'readsEncrypted'>[],
): Warning[] {
  const { messages, local_media } = retention;
  const unable = registrations.filter(({ readsEncrypted }) => !readsEncrypted);
  return [
    ...(encrypt_new_rooms === 'none'
      ? []
      : unable.map(({ component }) => ({
          setting: 'synapse.encrypt_new_rooms',
          text: `encrypts the rooms of ${component} too, which reads no encrypted message: nothing passes through it`,
        }))),
    ...(messages !== null && local_media === null
      ? [
          {
            setting: 'synapse.retention.messages',
            text: 'does not delete the files that were sent with the messages: set synapse.retention.local_media too',
          },
        ]
      : []),
    ...(local_media !== null && daysIn(local_media) < daysIn(messages)
      ? [
          {
            setting: 'synapse.retention.local_media',
            text: 'deletes files whose messages are still there: apps will show that they cannot be loaded',
          },
        ]
      : []),
    ...(invites.from === 'everybody' && invites.known_servers.length > 0
      ? [
          {
            setting: 'synapse.invites.known_servers',
            text: 'counts only where synapse.invites.from is known-servers',
          },
        ]
      : []),
  ];
}

/** An age such as 30d, in days; infinite if there is none. */
export function daysIn(age: string | null): number {
  return age === null ? Number.POSITIVE_INFINITY : Number.parseInt(age, 10);
}
