import { readFileSync } from 'node:fs';
import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { digestLabel } from '../../src/stack/labels.ts';
import type { ContainerFacts } from '../../src/stack/running.ts';
import type { FakeEdge } from './edge.ts';
import { type Definition, inspectedContainer, inspectedNetwork } from './inspected.ts';
import type { FakeWorld } from './world.ts';

/** The containers of a fake world: how they are made of docker-compose.yml, started, and crash. */
export interface FakeContainers {
  /** Why a container crashes; `undefined` where it does not. */
  crashOf(container: ContainerFacts): string | undefined;
  /** Whether the container of a service runs. */
  runs(service: string): boolean;
  definitionOf(id: string): Definition;
  start(id: string): Promise<void>;
  /** Makes the containers of services as they are defined, where there are none or `force` is true: their IDs. */
  createAll(directory: string, services: readonly string[], force?: boolean): Promise<string[]>;
}

/** @param edge what answers behind the published port */
export function fakeContainers(world: FakeWorld, edge: Pick<FakeEdge, 'listen'>): FakeContainers {
  const definitions = new Map<string, Definition>();
  const crashOf = ({ service, directory }: ContainerFacts) =>
    service === 'synapse'
      ? world.crash(readFileSync(join(directory, 'synapse/homeserver.yaml'), 'utf8'))
      : undefined;

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
    const before = [...world.containers.values()].find((one) => one.service === service);
    if (!force && before !== undefined && before.labels[digestLabel] === definition.labels[digestLabel]) {
      return before.id;
    }
    world.containers.delete(String(before?.id));
    const id = `${service}-${world.containers.size}-${world.log.length}`;
    world.log.push(`create ${service}`);
    definitions.set(id, definition);
    world.inspected.set(id, inspectedContainer({ directory, project, service }, definition));
    world.containers.set(id, {
      id,
      service,
      directory,
      state: 'created',
      status: 'Created',
      image: definition.image,
      imageId: String(world.images.get(definition.image.replace(/@.*/, ''))),
      labels: definition.labels,
      addresses: Object.fromEntries(
        definition.networks.map((network) => [`${project}_${network}`, world.homeserver.address]),
      ),
    });
    return id;
  };

  const start = async (id: string) => {
    const container = world.containers.get(id) as ContainerFacts;
    if (container.state === 'running') return;
    const { ports, volumes } = definitions.get(id) as Definition;
    world.log.push(`start ${container.service}`);
    world.containers.set(id, { ...container, state: 'running', status: 'Up 1 second' });
    if (container.service === 'synapse') {
      await world.homeserver.listen(8008);
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

  return {
    crashOf,
    createAll,
    definitionOf: (id) => definitions.get(id) as Definition,
    runs: (service) =>
      [...world.containers.values()].some(
        (one) => one.service === service && one.state === 'running' && crashOf(one) === undefined,
      ),
    start,
  };
}
