import type { ContainerFacts } from '../stack/running.ts';

/** An entry of the engine's list of containers (Docker Engine API, ContainerList). */
export interface ListedContainer {
  readonly Id: string;
  readonly State: string;
  readonly Status: string;
  readonly Image: string;
  readonly ImageID: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly NetworkSettings: Networking;
}

interface Networking {
  readonly Networks?: Readonly<Record<string, { readonly IPAddress: string }>> | null | undefined;
}

/** What the engine answers about one container (ContainerInspect), as far as it can differ from the list. */
interface AskedContainer {
  readonly State: { readonly Status: string };
  readonly NetworkSettings: Networking;
}

/** The label by which Compose marks what belongs to a project. */
export function projectLabel(project: string): string {
  return `com.docker.compose.project=${project}`;
}

/**
 * The containers of the engine's list, with their true states. The list is a copy that the engine replaces when it
 * saves a container: if the disk was full when a container started, the list still says that it was only created. So
 * the engine is asked about each container that does not run by the list. `asSeen` corrects the opposite: a stopped
 * container that runs by the list.
 *
 * @param ask the engine's answer about one container; `undefined` when it does not exist any more
 */
export function listContainers(
  listed: readonly ListedContainer[],
  ask: (id: string) => Promise<AskedContainer | undefined>,
): Promise<ContainerFacts[]> {
  return Promise.all(
    listed.map(async (container) => {
      const facts = containerFacts(container);
      const asked = facts.state === 'running' ? undefined : await ask(facts.id);
      return asked?.State.Status === 'running'
        ? {
            ...facts,
            state: 'running',
            status: 'Up',
            addresses: addressesIn(asked.NetworkSettings),
          }
        : facts;
    }),
  );
}

/** What the list says of a container. */
export function containerFacts({
  Id,
  State,
  Status,
  Image,
  ImageID,
  Labels,
  NetworkSettings,
}: ListedContainer): ContainerFacts {
  return {
    id: Id,
    service: Labels['com.docker.compose.service'] ?? '',
    state: State,
    status: Status,
    image: Image,
    imageId: ImageID,
    directory: Labels['com.docker.compose.project.working_dir'] ?? '',
    labels: Labels,
    addresses: addressesIn(NetworkSettings),
  };
}

function addressesIn({ Networks }: Networking): Readonly<Record<string, string>> {
  const addresses = Object.entries(Networks ?? {}).map(([name, { IPAddress }]) => [name, IPAddress]);
  return Object.fromEntries(addresses.filter(([, address]) => address !== ''));
}
