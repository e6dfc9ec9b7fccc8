import { isLoopback } from '../../identifiers/host-name.ts';
import { isObject } from '../../json-object.ts';
import type { NamedPlace, Warning } from '../warning.ts';
import { bytesIn } from './limits.ts';
import { namedPlaces } from './named-places.ts';
import type { SynapseOptions } from './options.ts';

type Overrides = Readonly<Record<string, unknown>>;

/** Options that name worker processes, and the work that the homeserver itself stops doing if one is named. */
const workerDuties: Readonly<Record<string, string>> = {
  federation_sender_instances: 'sends nothing to other homeservers',
  pusher_instances: 'sends no push notifications',
  run_background_tasks_on: 'never cleans up',
  media_instance_running_background_jobs: 'never cleans up its media',
  notify_appservices_from_worker: 'tells application services nothing',
  update_user_directory_from_worker: 'never updates the user directory',
};

/**
 * Warnings about overrides that Synapse accepts without a message, but that do not work here, or not as intended.
 * Source: element-hq/synapse 1.163.2, synapse/config and the code that uses it.
 *
 * @param others the options of homeserver.yaml that other components set
 */
export function overrideWarnings(
  { overrides, max_upload_size }: SynapseOptions,
  others: Overrides = {},
): Warning[] {
  return [
    ...redis(overrides),
    ...workers(overrides),
    ...(others.email === undefined ? email(overrides) : []),
    ...media(overrides, max_upload_size),
    ...metrics(overrides),
    ...ownMachine(overrides),
  ].map(({ setting, text }) => ({ setting: `synapse.overrides.${setting}`, text }));
}

function redis({ redis: section }: Overrides): Warning[] {
  return isObject(section) && section.enabled === true
    ? [
        {
          setting: 'redis.enabled',
          text: 'asks for a Redis, and there is none in this deployment, whose homeserver is a single process and needs none: leave it out',
        },
      ]
    : [];
}

function workers(overrides: Overrides): Warning[] {
  return Object.entries(workerDuties)
    .filter(([name]) => isGiven(overrides[name]))
    .map(([setting, duty]) => ({
      setting,
      text: `names a worker process, and there is none: the homeserver ${duty}; leave it out`,
    }));
}

function email({ email: section, registrations_require_3pid }: Overrides): Warning[] {
  const needsAddress =
    Array.isArray(registrations_require_3pid) && registrations_require_3pid.includes('email');
  if (!isObject(section)) {
    return needsAddress
      ? [
          {
            setting: 'registrations_require_3pid',
            text: 'requires an email address, which cannot be verified without the section mail: nobody can register',
          },
        ]
      : [];
  }
  return isGiven(section.smtp_host)
    ? []
    : [
        {
          setting: 'email',
          text: 'has no smtp_host: mail goes to localhost, which is the container of the homeserver, where nobody takes it',
        },
      ];
}

function media(overrides: Overrides, upload: string): Warning[] {
  const largest = bytesIn(upload);
  const avatar = sizeOf(overrides.max_avatar_size);
  const burst = sizeOf(overrides.remote_media_download_burst_count);
  return [
    ...(overrides.enable_media_repo === false
      ? [
          {
            setting: 'enable_media_repo',
            text: 'is false, and no other process serves media: nobody can upload or see any',
          },
        ]
      : []),
    ...(avatar !== undefined && avatar > largest
      ? [
          {
            setting: 'max_avatar_size',
            text: `is more than synapse.max_upload_size (${upload}), which counts`,
          },
        ]
      : []),
    ...(burst !== undefined && burst < largest
      ? [
          {
            setting: 'remote_media_download_burst_count',
            text: `is less than synapse.max_upload_size (${upload}): larger files of other homeservers can never be fetched`,
          },
        ]
      : []),
  ];
}

function metrics({ enable_metrics }: Overrides): Warning[] {
  return enable_metrics === true
    ? [
        {
          setting: 'enable_metrics',
          text: 'collects metrics that nobody can fetch: there is no listener for them',
        },
      ]
    : [];
}

/**
 * Warnings about names such as localhost. In the homeserver's container, they mean the container itself, although the
 * operator probably meant this host.
 */
function ownMachine(overrides: Overrides): Warning[] {
  return namedPlaces(overrides)
    .filter(({ host }) => isLoopback(host))
    .map(({ setting, host }) => ({
      setting,
      text: `names ${host}, which is the container of the homeserver itself: name this machine by another address`,
    }));
}

/** The servers that overrides name and that the homeserver must be able to reach. */
export function reachesOf({ overrides }: SynapseOptions): NamedPlace[] {
  return namedPlaces(overrides)
    .filter(({ host }) => !isLoopback(host))
    .map((place) => ({ ...place, setting: `synapse.overrides.${place.setting}` }));
}

function isGiven(value: unknown): boolean {
  return (
    ![undefined, null, '', false].includes(value as undefined) &&
    !(Array.isArray(value) && value.length === 0)
  );
}

function sizeOf(value: unknown): number | undefined {
  return typeof value === 'number' || typeof value === 'string' ? bytesIn(String(value)) : undefined;
}
