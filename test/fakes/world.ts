import { readFileSync } from 'node:fs';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Exec } from '../../src/components/service.ts';
import type { Compose } from '../../src/docker/compose.ts';
import type { ContainerHealth, Engine, ExecResult, MountedJob } from '../../src/docker/engine.ts';
import {
  foundNetwork,
  type InspectedContainer,
  type InspectedNetwork,
  seenFactsOf,
} from '../../src/docker/running.ts';
import { UserError } from '../../src/errors.ts';
import { digestLabel } from '../../src/stack/labels.ts';
import type { ContainerFacts, RunningFact } from '../../src/stack/running.ts';
import { fakeEdge } from './edge.ts';
import { fakeHomeserver } from './homeserver.ts';
import { type Definition, inspectedContainer, inspectedNetwork } from './inspected.ts';

/**
 * A host with an engine, as far as our commands see one: it remembers images, containers, databases and users, and
 * behind its published port a real TLS server answers as the stack would. Only what a test reads is kept.
 */
export function fakeWorld() {
  const containers = new Map<string, ContainerFacts>();
  const edge = fakeEdge(() => runs('synapse'));
  const synapse = fakeHomeserver('localhost', () => runs('synapse'));
  const world = {
    versions: { engine: '27.3.1', compose: '2.40.3' },
    /** By reference, the digest: what is on this host, and what the registry has. */
    images: new Map<string, string>(),
    registry: new Map([
      ['postgres:17', 'sha256:0a'],
      ['matrixdotorg/synapse:v1.163.2', 'sha256:0b'],
      ['traefik:v3.7.15', 'sha256:0c'],
    ]),
    containers,
    /** Does the engine's list say of all of them that they run, as where the disk was full when one ended? */
    listIsBehind: false,
    /** By ID and by full name, what the engine tells of containers and networks. */
    inspected: new Map<string, InspectedContainer>(),
    networks: new Map<string, InspectedNetwork>(),
    /** By name, the labels of volumes. */
    volumes: new Map<string, Readonly<Record<string, string>>>(),
    /** The limits that its kernel does not let it keep. */
    limitsNotKept: [] as RunningFact[],
    databases: new Set<string>(),
    /** By role, what its password is told by. A database is called as its role. */
    verifiers: new Map<string, string>(),
    homeserver: synapse,
    users: synapse.users,
    /** Everything that the engine was told to do, a line each; with the arguments and environments of programs. */
    log: [] as string[],
    /** Says of a homeserver.yaml why the homeserver crashes with it, or why its check refuses it. */
    crash: (_homeserver: string): string | undefined => undefined,
    refusal: (_homeserver: string): string | undefined => undefined,
    /** What programs in containers answer, by the first word of their command; a component of a test adds its own. */
    programs: {} as Record<string, (input?: string) => ExecResult>,
    isDiskFull: false,
    /** Is a job of an earlier run still at work? */
    jobRuns: false,
    /** What the job that fills a cache fails with. */
    cacheFailure: undefined as string | undefined,
    engine: undefined as unknown as Engine,
    compose: undefined as unknown as (directory: string) => Compose,
    async close() {
      await Promise.all([edge.close(), synapse.close()]);
    },
  };

  let restarts = 0;
  const crashOf = ({ service, directory }: ContainerFacts) =>
    service === 'synapse'
      ? world.crash(readFileSync(join(directory, 'synapse/homeserver.yaml'), 'utf8'))
      : undefined;
  const runs = (service: string) =>
    [...containers.values()].some(
      (one) => one.service === service && one.state === 'running' && crashOf(one) === undefined,
    );
  const succeeded = (stdout = ''): ExecResult => ({ exitCode: 0, stdout, stderr: '' });

  const psql = (input = ''): ExecResult => {
    if (input.includes('FROM "events"')) {
      return succeeded([...synapse.rooms.rooms].map(([id, { events }]) => `${events} ${id}\n`).join(''));
    }
    for (const [, name = ''] of input.matchAll(/CREATE DATABASE "(.+?)"/g)) {
      world.databases.add(name);
    }
    for (const [, role = '', verifier = ''] of input.matchAll(/ROLE "(.+?)" LOGIN PASSWORD '(.+?)'/g)) {
      world.verifiers.set(role, verifier);
    }
    const lines = [...world.databases].map(
      (name) => `database ${name}\t7/${name.length}\t${world.verifiers.get(name)}\n`,
    );
    return succeeded(lines.join(''));
  };
  const noSpace: ExecResult = { exitCode: 3, stdout: '', stderr: 'ERROR: No space left on device\n' };
  Object.assign(world.programs, {
    psql: (input = '') => (world.isDiskFull && input.includes('CREATE TABLE') ? noSpace : psql(input)),
    sh: () => (world.isDiskFull ? noSpace : succeeded()),
  } satisfies typeof world.programs);

  const check = async ({ mounts }: MountedJob) => {
    const source = mounts.find(({ target }) => target === '/conf')?.source ?? '';
    const refused = world.refusal(await readFile(join(source, 'homeserver.yaml'), 'utf8'));
    return refused === undefined ? succeeded() : { ...succeeded(refused), exitCode: 1 };
  };
  const makeDirectories: Engine['makeDirectories'] = async ({ parent, directories }) => {
    for (const { path, mode } of directories) {
      await mkdir(join(parent, path), { mode });
    }
  };
  const initialise = async ({ mounts, made, ...job }: MountedJob) => {
    if (made !== undefined) {
      await makeDirectories({ ...job, ...made });
    }
    await writeFile(join(mounts[0]?.source ?? '', 'PG_VERSION'), '17\n');
    return succeeded();
  };

  /** As the job that writes byte code does. */
  const fill = async ({ mounts, environment }: MountedJob) => {
    if (world.cacheFailure !== undefined) {
      return { exitCode: 1, output: world.cacheFailure };
    }
    const place = mounts.find(({ target }) => target === '/pyc')?.source ?? '';
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'index'), `${environment.CACHE_KEY}\ndigest\n`);
    return { exitCode: 0, output: '' };
  };

  world.engine = {
    until: () => world.engine,
    version: async () => ({ product: 'Docker', version: world.versions.engine }),
    dataRoot: async () => '/var/lib/docker',
    pullsIndirectly: async () => false,
    publishers: async () => [],
    imageDigest: async (reference) => world.images.get(reference.replace(/@.*/, '')),
    imageId: async (reference) => world.images.get(reference.replace(/@.*/, '')),
    async pull(reference) {
      const tag = reference.replace(/@.*/, '');
      world.log.push(`pull ${reference}`);
      const digest = world.registry.get(tag);
      if (digest === undefined) {
        throw new UserError(`image ${reference} could not be pulled: manifest unknown`, {
          code: 'docker.pull',
        });
      }
      world.images.set(tag, digest);
    },
    memory: async () => undefined,
    containers: async () =>
      [...containers.values()].map((one) => (world.listIsBehind ? { ...one, state: 'running' } : one)),
    async inspect(id): Promise<ContainerHealth> {
      const container = containers.get(id) as ContainerFacts;
      // It crashes a few times between two looks.
      restarts += crashOf(container) === undefined ? 0 : 3;
      return {
        image: container.image,
        imageId: container.imageId,
        logPath: '',
        state: container.state,
        error: '',
        outOfMemory: false,
        exitCode: 0,
        restarts,
        startedAt: '2026-01-01T00:00:00Z',
        health: undefined,
      };
    },
    endings: async () => ({ exitCode: undefined, outOfMemory: false }),
    processorSeconds: async () => 0,
    // Its users are not those of the machine that the test runs on.
    mapsUsers: async () => true,
    running: async (id) => ({
      ...seenFactsOf(world.inspected.get(id) as InspectedContainer),
      state: world.containers.get(id)?.state ?? 'running',
    }),
    async network(name) {
      const network = world.networks.get(name);
      return network && foundNetwork(network);
    },
    limitsNotKept: async () => world.limitsNotKept,
    processors: async () => 2,
    async joinNetwork(name, id, Aliases) {
      world.log.push(`connect ${containers.get(id)?.service} to ${name} as ${Aliases.join()}`);
      const inspected = world.inspected.get(id) as InspectedContainer;
      const Networks = { ...inspected.NetworkSettings.Networks, [name]: { Aliases } };
      world.inspected.set(id, { ...inspected, NetworkSettings: { ...inspected.NetworkSettings, Networks } });
    },
    async leaveNetwork(name, id) {
      world.log.push(`disconnect ${containers.get(id)?.service} from ${name}`);
      const inspected = world.inspected.get(id) as InspectedContainer;
      const { [name]: _left, ...Networks } = inspected.NetworkSettings.Networks ?? {};
      world.inspected.set(id, { ...inspected, NetworkSettings: { ...inspected.NetworkSettings, Networks } });
    },
    async removeNetwork(name) {
      world.log.push(`remove network ${name}`);
      world.networks.delete(name);
    },
    async logs(id) {
      return crashOf(containers.get(id) as ContainerFacts)?.split('\n') ?? [];
    },
    async exec(id, { command, input }: Exec) {
      world.log.push(`exec ${containers.get(id)?.service}: ${command.join(' ')}`);
      const crash = crashOf(containers.get(id) as ContainerFacts);
      if (crash !== undefined) return { exitCode: 1, stdout: '', stderr: 'its container does not run' };
      if (command.includes('ask')) return succeeded();
      return world.programs[String(command[0])]?.(input) ?? { ...succeeded(), exitCode: 127 };
    },
    async run(job) {
      world.log.push(`run ${job.entrypoint.join(' ')} ${JSON.stringify(job.environment)}`);
      if (job.entrypoint.includes('--fill')) {
        return fill(job);
      }
      return job.entrypoint[0] === 'initdb'
        ? { ...(await initialise(job)), output: '' }
        : check(job).then(({ exitCode, stdout }) => ({ exitCode, output: stdout }));
    },
    follow: async () => ({ exitCode: 0 }),
    async launch(job) {
      world.log.push(`launch ${job.entrypoint.join(' ')}`);
      await fill(job);
    },
    hasJob: async () => world.jobRuns,
    removeAbandonedJobs: async () => {},
    async createVolume(name, labels) {
      if (!world.volumes.has(name)) world.volumes.set(name, labels);
    },
    volumeLabels: async (name) => world.volumes.get(name),
    async removeVolume(name) {
      world.volumes.delete(name);
    },
    makeDirectories,
    fileMode: async () => undefined,
    readFile: async () => undefined,
    async putFile(id, place, { path, text, mode }) {
      const { directory, service } = containers.get(id) as ContainerFacts;
      const { volumes } = definitions.get(id) as Definition;
      const mount = volumes.find(({ target }) => place === target || place.startsWith(`${target}/`));
      world.log.push(`put ${path} into ${place} of ${service}`);
      const source = join(directory, String(mount?.source), place.slice(String(mount?.target).length));
      await writeFile(join(source, path), text, { mode });
    },
    async setFileMode() {},
    async removeJobs() {
      world.jobRuns = false;
    },
    start: (id) => start(id),
    async restart() {},
    async stop(id) {
      const container = containers.get(id) as ContainerFacts;
      world.log.push(`stop ${container.service}`);
      containers.set(id, { ...container, state: 'exited', status: 'Exited (137)' });
    },
    async remove(id) {
      world.log.push(`remove ${containers.get(id)?.service}`);
      containers.delete(id);
    },
  };

  const definitions = new Map<string, Definition>();

  /** The container of a service as it is defined, made if there is none. */
  const create = async (
    directory: string,
    project: string,
    service: string,
    { definition, force }: { definition: Definition; force: boolean },
  ) => {
    for (const { source, bind } of definition.volumes) {
      if (bind.create_host_path) {
        await mkdir(join(directory, source), { recursive: true });
      }
      await access(join(directory, source));
    }
    const before = [...containers.values()].find((one) => one.service === service);
    if (!force && before !== undefined && before.labels[digestLabel] === definition.labels[digestLabel]) {
      return before.id;
    }
    containers.delete(String(before?.id));
    const id = `${service}-${containers.size}-${world.log.length}`;
    world.log.push(`create ${service}`);
    definitions.set(id, definition);
    world.inspected.set(id, inspectedContainer({ directory, project, service }, definition));
    containers.set(id, {
      id,
      service,
      directory,
      state: 'created',
      status: 'Created',
      image: definition.image,
      imageId: String(world.images.get(definition.image.replace(/@.*/, ''))),
      labels: definition.labels,
      addresses: Object.fromEntries(
        definition.networks.map((network) => [`${project}_${network}`, synapse.address]),
      ),
    });
    return id;
  };

  const start = async (id: string) => {
    const container = containers.get(id) as ContainerFacts;
    if (container.state === 'running') return;
    const { ports, volumes } = definitions.get(id) as Definition;
    world.log.push(`start ${container.service}`);
    containers.set(id, { ...container, state: 'running', status: 'Up 1 second' });
    if (container.service === 'synapse') {
      await synapse.listen(8008);
    }
    if (container.service === 'traefik' && ports !== undefined) {
      const mounted = (path: string) =>
        join(container.directory, String(volumes.find(({ target }) => target === path)?.source));
      await edge.listen(
        { certificate: mounted('/run/secrets/local.pem'), key: mounted('/run/secrets/local.key') },
        Number(ports[0]?.split(':').at(-2)),
      );
    }
  };

  const createAll = async (directory: string, services: readonly string[], force = false) => {
    const project = parse(await readFile(join(directory, 'docker-compose.yml'), 'utf8'), { merge: true });
    for (const [name, network] of Object.entries<object>(project.networks)) {
      const fullName = `${project.name}_${name}`;
      if (!world.networks.has(fullName)) {
        world.networks.set(fullName, inspectedNetwork(project.name, network));
      }
    }
    return Promise.all(
      services.map((service) =>
        create(directory, project.name, service, { definition: project.services[service], force }),
      ),
    );
  };

  world.compose = (directory) => ({
    until: () => world.compose(directory),
    version: async () => world.versions.compose,
    async create(services) {
      await createAll(directory, services);
    },
    async up(services) {
      await Promise.all((await createAll(directory, services)).map(start));
    },
    async recreate(services) {
      await Promise.all((await createAll(directory, services, true)).map(start));
    },
    async replace(services) {
      await createAll(directory, services, true);
    },
    async down() {
      world.log.push('down');
      containers.clear();
      await edge.close();
    },
  });
  return world;
}

export type FakeWorld = ReturnType<typeof fakeWorld>;
