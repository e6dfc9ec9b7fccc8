import { userIdOf } from '../../identifiers/user-id.ts';
import { type Registration, registrationMount } from '../application-service.ts';
import { type Component, nothing } from '../component.ts';
import type { Probe } from '../questions.ts';
import { homeserver } from '../synapse/listener.ts';
import { type HeisenbridgeOptions, options } from './options.ts';

const service = 'heisenbridge';

/** Default port of the bridge (hifi/heisenbridge 1.15.4, heisenbridge/__main__.py). */
const port = 9898;

const homeserverUrl = `http://${homeserver.service}:${homeserver.port}`;
const registrationFile = '/run/secrets/registration.json';

/** A command in its container that succeeds when the homeserver has passed a request on to it. */
const pinging = ['python3', '/conf/ping.py', registrationFile, homeserverUrl];

const registration: Registration = {
  id: service,
  url: `http://${service}:${port}`,
  senderLocalpart: service,
  // The default of the bridge, so that an older installation keeps the names of its users.
  users: [{ prefix: 'irc_', isExclusive: true }],
  isRateLimited: false,
  // Without an address for files, the bridge fails when somebody sends a file. With an empty one, it says on IRC that
  // there is a file.
  extra: { heisenbridge: { media_url: '' } },
};

/** heisenbridge: a bridge to IRC, which stays connected while its users are offline. */
export const heisenbridge = {
  name: 'heisenbridge',
  options,
  optional: true,
  example: () => ({ owner: 'alice' }),
  registrations: () => [registration],
  describe: (chosen, context) => ({
    ...nothing,
    services: [
      {
        name: service,
        summary: 'heisenbridge, the bridge to IRC. What it keeps is in the database of the homeserver.',
        image: context.image(chosen.image),
        // The image sets no user, and works with any.
        user: { uid: 65534, gid: 65534 },
        entrypoint: ['python3', '/conf/patient_bridge.py'],
        command: [
          ...['-c', registrationFile, '-l', '0.0.0.0', '-p', String(port)],
          ...['-o', userIdOf(chosen.owner, context.serverName), homeserverUrl],
        ],
        environment: { PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' },
        mounts: [
          { source: 'heisenbridge', target: '/conf' },
          registrationMount(registration, registrationFile),
        ],
        // Client certificates for IRC servers pass through a file.
        tmpfs: [{ target: '/tmp', sizeMegabytes: 8, mode: 0o1777 }],
        networks: [homeserver.network],
        ports: [],
        health: pinging,
        memory: chosen.memory,
        cpus: chosen.cpus ?? undefined,
        pids: 100,
        stopGraceSeconds: 10,
        needs: [homeserver.service],
        whenDown: 'nothing passes between IRC and Matrix; everything else works as usual',
        failures: { symptoms: [] },
      },
    ],
    files: ['ping.py', 'patient_bridge.py'].map((name) => ({
      path: `heisenbridge/${name}`,
      template: `heisenbridge/${name}`,
    })),
    probes: [isReached],
  }),
} as const satisfies Component<HeisenbridgeOptions>;

const isReached: Probe = {
  service,
  name: 'is reached by the homeserver, and reaches it',
  kind: 'exec',
  command: pinging,
  timeoutSeconds: 60,
};
