import * as z from 'zod';
import { type Component, nothing } from '../component.ts';
import { foreignName } from '../foreign-name.ts';
import { cpusOption, imageOption, memoryOption } from '../options.ts';
import type { Owner } from '../service.ts';
import { answersQueries, askSizes, databaseProvision } from './databases.ts';
import { dumpOf } from './dump.ts';
import { failures } from './failures.ts';
import { type Cluster, refillOf } from './refill.ts';
import { serverSettings } from './settings.ts';
import { transferOf } from './transfer.ts';

const options = z
  .strictObject({
    image: imageOption('postgres'),
    memory: memoryOption('1g', '128m'),
    cpus: cpusOption,
  })
  .describe('The database.');

const owner: Owner = { uid: 999, gid: 999 };
const dataPath = 'data/postgres';
const dataTarget = '/var/lib/postgresql/data';

/** Creates an empty cluster. */
const initialise = [
  'initdb',
  `--pgdata=${dataTarget}`,
  '--username=postgres',
  '--encoding=UTF8',
  '--locale=C',
  '--data-checksums',
  '--auth-local=peer',
  '--auth-host=scram-sha-256',
];

/** Where other components reach the database server, on the data network. */
export const databaseServer = { service: 'postgres', port: 5432 } as const;

/** What is needed to create a data directory with the programs of an image. */
function cluster(image: string): Cluster {
  return { service: databaseServer.service, image, user: owner, dataPath, dataTarget, initialise };
}

export const postgres: Component<z.infer<typeof options>> = {
  name: 'postgres',
  options,
  describe({ image, memory, cpus }, context) {
    return {
      ...nothing,
      services: [
        {
          name: databaseServer.service,
          summary: 'The database. Reachable on the data network only; the superuser has no password.',
          image: context.image(image),
          user: owner,
          command: [
            'postgres',
            ...Object.entries(serverSettings(memory)).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
          ],
          environment: { PGDATA: dataTarget },
          mounts: [
            { source: dataPath, target: dataTarget, writable: true },
            { source: 'postgres', target: '/etc/matrix-deploy' },
          ],
          tmpfs: [
            { target: '/tmp', sizeMegabytes: 64, mode: 0o1777 },
            { target: '/run/postgresql', sizeMegabytes: 1, mode: 0o700, owner },
            // From 18 on, the image declares a volume here: without a mount, the engine creates one that is never
            // removed.
            { target: '/var/lib/postgresql', sizeMegabytes: 1, mode: 0o755 },
          ],
          networks: ['data'],
          foreignName: foreignName(databaseServer.service, context),
          ports: [],
          health: ['psql', '-qAtX', '-U', 'postgres', '-c', 'select 1'],
          memory,
          cpus: cpus ?? undefined,
          pids: 200,
          stopGraceSeconds: 60,
          whenDown: 'the homeserver cannot work: nobody can log in, send or read messages',
          needs: [],
          failures,
        },
      ],
      files: [{ path: 'postgres/pg_hba.conf', template: 'postgres/pg_hba.conf' }],
      data: [
        {
          path: dataPath,
          witnessed: '',
          owner,
          mode: 0o700,
          directories: [],
          restrictedFiles: [],
          saved: { kind: 'dump' },
          release: {
            file: 'PG_VERSION',
            setting: 'postgres.image',
            image,
            of: majorOf,
            remedy:
              'From a server that has served, `matrix-deploy upgrade --postgres <release>` takes the data to a newer release; `matrix-deploy rollback` goes back, until that upgrade is finished.',
          },
          // The directory gets its final name only after this job: an interrupted one is never mistaken for a
          // database.
          initialise: {
            image: context.image(image),
            user: owner,
            entrypoint: initialise,
            environment: {},
            mounts: [{ source: dataPath, target: dataTarget, writable: true }],
            tmpfs: [{ target: '/tmp', sizeMegabytes: 64, mode: 0o1777 }],
          },
        },
      ],
      provisions: ({ databases }) =>
        databases.map((database) =>
          databaseProvision(database, { service: databaseServer.service, dataPath }),
        ),
      refills: ({ databases }) => [refillOf(databases, cluster(context.image(image)))],
      transfers: ({ databases }) => [
        transferOf(databases, { ...cluster(context.image(image)), port: databaseServer.port }),
      ],
      dumps: ({ databases }) =>
        databases.map((database) =>
          dumpOf(database, { ...databaseServer, image: context.image(image), user: owner }),
        ),
      probes: [
        {
          service: databaseServer.service,
          name: answersQueries,
          kind: 'exec',
          // pg_isready succeeds even for a server that has none of the databases; a query does not.
          command: ['psql', '-qAtX', '-U', 'postgres', '-c', 'select 1'],
          // After a crash, the server replays its log, and reports its progress every ten seconds.
          timeoutSeconds: 900,
        },
      ],
      sizes: [
        {
          service: databaseServer.service,
          ask: askSizes('postgres', { "the database's log": 'SELECT sum(size) FROM pg_ls_waldir()' }),
        },
      ],
    };
  },
};

/** The major release in the tag of an image of Postgres. One major release cannot use the data of another. */
export function majorOf(image: string): string | undefined {
  return /:(\d{1,2})(?:[.-][^/:@]*)?(?:@|$)/.exec(image)?.[1];
}
