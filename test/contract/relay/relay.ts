import * as z from 'zod';
import { type Component, nothing } from '../../../src/components/component.ts';
import { databaseServer } from '../../../src/components/postgres/postgres.ts';
import { secretNamePattern } from '../../../src/components/secret-reference.ts';
import { toyData, toyService } from '../toy.ts';

const options = z
  .strictObject({
    image: z.string().default('toys/relay:1'),
    secret: z
      .strictObject({ from_secret: z.string().regex(secretNamePattern) })
      .describe('What the homeserver and the relay know.'),
    ports: z.int().min(1).max(100).default(20).describe('How many ports are relayed.'),
  })
  .describe('A toy: a relay with UDP ports, a database, and a secret that it shares with the homeserver.');

const service = 'relay';
const bundle = 'relay-secret';
const password = 'relay_database_password';

export const relay: Component<z.infer<typeof options>> = {
  name: 'relay',
  options,
  optional: true,
  example: () => ({ secret: { from_secret: 'relay_secret' } }),
  homeserver: ({ secret }) => ({ turn_uris: ['turn:relay.example'], turn_shared_secret: secret }),
  describe({ image, secret, ports }, context) {
    const shared = context.bundle(bundle);
    return {
      ...nothing,
      services: [
        {
          ...toyService,
          name: service,
          summary: 'The relay.',
          image: context.image(image),
          command: ['relay'],
          mounts: [
            { source: `secrets/${password}`, target: '/run/secrets/database' },
            { source: 'data/relay', target: '/data', writable: true },
            ...(shared === undefined ? [] : [{ source: shared, target: '/run/shared' }]),
          ],
          networks: ['data', 'web'],
          ports: [
            { published: 3478, target: 3478, protocol: 'udp' },
            { published: 49160, target: 49160, protocol: 'udp', count: ports },
          ],
          whenDown: 'calls do not connect',
          needs: [databaseServer.service],
        },
      ],
      secrets: [
        {
          name: password,
          recipe: { kind: 'token', bytes: 32 },
          rotation: { effect: 'The relay starts again.' },
        },
      ],
      bundles: [{ name: bundle, files: [{ name: 'secret', kind: 'secret', secret: secret.from_secret }] }],
      databases: [
        {
          name: 'relay',
          role: 'relay',
          password,
          inUse: 'sessions',
          saving: { skip: [], counted: ['sessions'], afterRestore: [], problems: [] },
        },
      ],
      data: [toyData('data/relay')],
      probes: [{ service, name: 'relays', kind: 'exec', command: ['ask-relay'], timeoutSeconds: 60 }],
    };
  },
};
