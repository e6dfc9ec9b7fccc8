import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { findFreePort } from '../../src/host/free-port.ts';
import { testedImage } from '../../src/releases/releases.ts';
import { jobLabel } from '../../src/stack/labels.ts';
import type { Step } from '../samples.ts';
import { timed } from '../timed.ts';
import type { Place, Workbench } from '../workbench.ts';
import { clientApiAnswers, untilTrue } from './answers.ts';

const written = fileURLToPath(new URL('../by-hand/', import.meta.url));

/** What the database section is edited to; the same words stand in by-hand/docker-compose.yml. */
const database = {
  name: 'psycopg2',
  args: {
    user: 'synapseUser',
    password: 'synapsePass',
    database: 'synapseDB',
    host: 'db',
    cp_min: 5,
    cp_max: 10,
  },
};

/** Brings up a server as a tutorial tells it, as fast as a script can type. */
export async function setUpByHand({ signal }: Workbench, place: Place): Promise<Step[]> {
  const { directory, serverName } = place;
  const port = await findFreePort('127.0.0.1', 8443);
  const steps: Step[] = [];
  const begin = performance.now();
  const step = async (name: string, action: () => Promise<unknown>) => {
    const start = performance.now() - begin;
    await action();
    steps.push({ name, start, end: performance.now() - begin });
  };
  const docker = (...args: string[]) => timed(['docker', ...args], { signal, cwd: directory });

  await step('generate the configuration', () => docker('run', '--rm', ...generation(place)));
  await step('edit it, write the Compose file', async () => {
    const path = join(directory, 'data/homeserver.yaml');
    const settings = parseDocument(await readFile(path, 'utf8'));
    settings.set('database', database);
    await writeFile(path, String(settings));
    await cp(written, directory, { recursive: true });
    await writeFile(join(directory, '.env'), variables(place, port));
  });
  await step('docker compose up', () => docker('compose', 'up', '-d'));
  await step('wait until the client API answers', () =>
    untilTrue(() => clientApiAnswers(serverName, port), signal),
  );
  await step('register the admin', () => docker('compose', 'exec', '-T', 'synapse', ...registration));
  return steps;
}

const registration = [
  'register_new_matrix_user',
  ...['-c', '/data/homeserver.yaml', '-u', 'admin', '-p', 'a password', '-a', 'http://localhost:8008'],
];

function generation({ directory, serverName, project }: Place): string[] {
  return [
    // By which it is found when it has to be taken down half-way.
    `--label=${jobLabel}=${project}`,
    `--volume=${directory}/data:/data`,
    `--env=SYNAPSE_SERVER_NAME=${serverName}`,
    '--env=SYNAPSE_REPORT_STATS=no',
    testedImage('synapse'),
    'generate',
  ];
}

function variables({ project }: Place, port: number): string {
  const values = {
    COMPOSE_PROJECT_NAME: project,
    POSTGRES_IMAGE: testedImage('postgres'),
    SYNAPSE_IMAGE: testedImage('synapse'),
    TRAEFIK_IMAGE: testedImage('traefik'),
    PORT: port,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
