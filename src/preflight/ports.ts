import { type PublishedPort, portName, publishedNumbers } from '../components/service.ts';
import type { Publisher } from '../docker/engine.ts';
import { failed, type Judgement, passed, unverified } from '../host/judgement.ts';
import type { Listener } from '../host/listeners.ts';
import { shellWord } from '../shell-word.ts';
import { isTraefik } from './find-traefik.ts';

export interface Occupancy {
  /** `undefined` on a system that does not show them. */
  readonly listeners: readonly Listener[] | undefined;
  /** The containers that publish ports; `undefined` if the engine does not answer. */
  readonly publishers: readonly Publisher[] | undefined;
}

/** Docker's program that holds a port of the host for a container. */
const dockerProxy = 'docker-proxy';

/** How a deployment's own containers are recognized: by either of these. */
interface Own {
  readonly directory: string;
  readonly project: string;
}

/** Programs that can pass requests on to our proxy, by their names in the kernel (proc_pid_comm(5)). */
const webProxies = ['nginx', 'caddy', 'apache2', 'httpd', 'haproxy'];

function isWebProxy(program: string | undefined): boolean {
  return program !== undefined && webProxies.includes(program);
}

/** The first of the listening programs that can pass requests on to our proxy; `undefined` if there is none. */
export function webProxyAmong(listeners: readonly Listener[] | undefined): string | undefined {
  return listeners?.map(({ holder }) => holder?.program).find(isWebProxy);
}

/** The ports of HTTP and HTTPS: a public server publishes them unless another proxy holds them. */
export const webPorts: readonly number[] = [80, 443];

type WantedPort = Omit<PublishedPort, 'target'>;

/**
 * Judges whether the ports that a deployment publishes are free, or held by its own containers: those of its
 * directory and those of its project, since the directory of an earlier attempt may be gone. Another check reports a
 * deployment of the same project that still exists in another directory.
 */
export function judgePorts(wanted: readonly WantedPort[], occupancy: Occupancy, own: Own): Judgement[] {
  return wanted.flatMap((port) => {
    const judged = placesOf(port).map((place) => judgePlace(place, occupancy, own));
    const troubles = judged.filter(({ verdict }) => verdict !== 'passed');
    if (judged.length === 1) return judged;
    return troubles.length > 0 ? troubles : [passed(`ports ${portName(port)} can be published`)];
  });
}

function judgePlace(place: Place, occupancy: Occupancy, own: Own): Judgement {
  const publisher = occupancy.publishers?.find((one) => clash(one, place));
  return publisher === undefined ? judgeListeners(place, occupancy) : judgePublisher(publisher, own);
}

function placesOf(wanted: WantedPort): Place[] {
  const { address, protocol } = wanted;
  return publishedNumbers(wanted).map((port) => ({ address, port, protocol }));
}

/**
 * How many seconds to wait for ports that may belong to a container which Docker does not list. Docker holds a port for
 * a moment before it lists the container, and after: it is just being started or stopped, for example by a Compose
 * process of a killed run.
 */
export function secondsToWait(
  wanted: readonly WantedPort[],
  { listeners, publishers }: Occupancy,
): 0 | 2 | 10 {
  const unlisted = wanted.flatMap(placesOf).flatMap((place) => {
    const isListed = publishers?.some((one) => clash(one, place)) ?? true;
    return isListed ? [] : (listeners?.filter((one) => clash(one, place)) ?? []);
  });
  if (unlisted.some(({ holder }) => holder?.program === dockerProxy)) return 10;
  return unlisted.some(({ holder }) => holder === undefined) ? 2 : 0;
}

function judgePublisher(publisher: Publisher, own: Own): Judgement {
  const { container, image, directory, project, isDeployed } = publisher;
  const port = nameOf(publisher);
  if (directory === own.directory || project === own.project) {
    return passed(`port ${port} is this deployment's`);
  }
  if (isDeployed) {
    return failed(
      `port ${port} is published by another server of matrix-deploy, in ${directory}`,
      `Choose other ports in matrix.yaml (traefik.publish). Or stop that server: \`matrix-deploy destroy --dir ${shellWord(directory)}\` keeps its data.`,
    );
  }
  const whose = directory === '' ? '' : ` of ${directory}`;
  return failed(
    `port ${port} is published by the container ${container}${whose}`,
    isTraefik(image)
      ? `Let that Traefik serve the homeserver too: \`matrix-deploy init --edge traefik\`, or traefik.edge.kind: traefik in matrix.yaml (docs/existing-proxy.md). Or stop it: \`docker stop ${container}\`.`
      : `Stop it: \`docker stop ${container}\`. Or choose another port in matrix.yaml.`,
  );
}

function judgeListeners(place: Place, { listeners, publishers }: Occupancy): Judgement {
  const port = nameOf(place);
  if (listeners === undefined) {
    return unverified(`whether port ${port} is free cannot be seen on this system`);
  }
  const listener = listeners.find((one) => clash(one, place));
  if (listener === undefined) {
    return passed(`port ${port} is free`);
  }
  const { holder } = listener;
  if (publishers === undefined && (holder === undefined || holder.program === dockerProxy)) {
    return unverified(
      `port ${port} is held, perhaps by a container of this deployment: Docker does not tell`,
    );
  }
  if (holder?.program === dockerProxy) {
    return failed(
      `port ${port} is held by Docker, for a container that it does not list`,
      'Run the command again: a container may have been starting or stopping. If this stays, restart Docker: `sudo systemctl restart docker`.',
    );
  }
  const who = holder === undefined ? 'another program' : `${holder.program} (process ${holder.processId})`;
  const look =
    holder === undefined
      ? ` See which: \`sudo ss -${place.protocol === undefined ? 't' : 'u'}lnp 'sport = :${place.port}'\`.`
      : '';
  return failed(
    `port ${port} is held by ${who}`,
    isWebProxy(holder?.program)
      ? `Let ${holder?.program} pass requests on: \`matrix-deploy init --edge host-proxy\`, or traefik.edge.kind: host-proxy in matrix.yaml. Or stop it.`
      : `Stop that program, or choose another port in matrix.yaml.${look}`,
  );
}

interface Place {
  /** Absent for every address. */
  readonly address?: string | undefined;
  readonly port: number;
  readonly protocol?: PublishedPort['protocol'];
}

function nameOf({ port, protocol }: Place): string {
  return portName({ published: port, protocol });
}

/** Whether two programs cannot listen at these places at the same time. An IPv6 wildcard includes IPv4. */
function clash(one: Place, other: Place): boolean {
  const isWildcard = ({ address }: Place) => [undefined, '0.0.0.0', '::'].includes(address);
  if (one.port !== other.port || one.protocol !== other.protocol) return false;
  return one.address === other.address || isWildcard(one) || isWildcard(other);
}
