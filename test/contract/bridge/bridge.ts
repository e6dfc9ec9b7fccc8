import * as z from 'zod';
import { type Registration, registrationMount } from '../../../src/components/application-service.ts';
import { type Component, nothing } from '../../../src/components/component.ts';
import { generatedSecret } from '../../../src/components/secret-reference.ts';
import { homeserver } from '../../../src/components/synapse/listener.ts';
import { localpart } from '../../../src/identifiers/localpart.ts';
import { userIdOf } from '../../../src/identifiers/user-id.ts';
import { toyData, toyService } from '../toy.ts';

const options = z
  .strictObject({
    image: z.string().default('toys/bridge:1'),
    owner: localpart('Who may use the bridge.'),
    prefix: z.string().default('toy_').describe('How the names of its users begin.'),
  })
  .describe('A toy: an application service with a registration, and with data of its own.');

type Options = z.infer<typeof options>;

const service = 'bridge';
const port = 29300;
const file = '/run/secrets/registration.json';
const moduleSecret = 'bridge_module_secret';
/** Stands for a module of the bridge: a class that any Python has, and that takes two arguments, as modules of Synapse do. */
const module = 'collections.ChainMap';
const config = 'bridge.conf';

const registrationOf = ({ prefix }: Options): Registration => ({
  id: service,
  url: `http://${service}:${port}`,
  senderLocalpart: 'bridgebot',
  users: [{ prefix, isExclusive: true }],
  aliases: [{ prefix, isExclusive: true }],
  isRateLimited: false,
  receivesEphemeral: true,
  readsEncrypted: true,
  extra: { 'toys.bridge': { kind: 'toy' } },
});

export const bridge: Component<Options> = {
  name: 'bridge',
  options,
  optional: true,
  example: () => ({ owner: 'alice' }),
  registrations: (chosen) => [registrationOf(chosen)],
  homeserver: ({ prefix }) => ({
    modules: [{ module, config: { prefix, secret: generatedSecret(moduleSecret) } }],
  }),
  describe: (chosen, context) => ({
    ...nothing,
    services: [
      {
        ...toyService,
        name: service,
        summary: 'The bridge.',
        image: context.image(chosen.image),
        entrypoint: ['bridge'],
        command: ['--owner', userIdOf(chosen.owner, context.serverName), '--registration', file],
        mounts: [
          { source: 'data/bridge', target: '/data', writable: true },
          registrationMount(registrationOf(chosen), file),
          { source: `secrets/${config}`, target: '/conf/bridge.conf' },
        ],
        networks: [homeserver.network],
        whenDown: 'nothing passes the bridge',
        needs: [homeserver.service],
      },
    ],
    secrets: [
      {
        name: moduleSecret,
        recipe: { kind: 'token', bytes: 32 },
        rotation: { effect: 'The bridge and the homeserver restart.' },
      },
      {
        name: config,
        recipe: {
          kind: 'derived',
          from: ['bridge_tokens', moduleSecret],
          text: (tokens, secret) => `tokens = ${tokens}\nsecret = ${secret}\nprefix = ${chosen.prefix}\n`,
        },
      },
    ],
    data: [toyData('data/bridge')],
    probes: [{ service, name: 'is reached', kind: 'exec', command: ['ping-homeserver'], timeoutSeconds: 60 }],
  }),
};
