import { BoundsError } from '../host/bounds.ts';
import { request } from '../host/node-http.ts';
import { receive } from '../host/receive.ts';
import type { ContainerFacts, FoundNetwork, SeenFacts } from '../stack/running.ts';
import type { EngineEndpoint } from './endpoint.ts';
import { boundsOf, type EngineBounds, rememberAnswer, rememberUnanswered } from './engine-bounds.ts';
import { engineFailure, noEngine } from './engine-failure.ts';
import { foundNetwork, seenFactsOf } from './running.ts';

/** An entry of the engine's list of containers (Docker Engine API, ContainerList). */
export interface ListedContainer {
  readonly Id: string;
  readonly State: string;
  readonly Status: string;
  readonly Image: string;
  readonly ImageID: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
}

/** The label by which Compose marks what belongs to a project. */
export function projectLabel(project: string): string {
  return `com.docker.compose.project=${project}`;
}

export function containerFacts(listed: ListedContainer): ContainerFacts {
  const { Id, State, Status, Image, ImageID, Labels, NetworkSettings } = listed;
  const addresses = Object.entries(NetworkSettings.Networks).map(([name, { IPAddress }]) => [
    name,
    IPAddress,
  ]);
  return {
    id: Id,
    service: Labels['com.docker.compose.service'] ?? '',
    state: State,
    status: Status,
    image: Image,
    imageId: ImageID,
    directory: Labels['com.docker.compose.project.working_dir'] ?? '',
    labels: Labels,
    addresses: Object.fromEntries(addresses.filter(([, address]) => address !== '')),
  };
}

/** The mode in the engine's answer about a path (X-Docker-Container-Path-Stat: base64 of JSON, with Go's mode bits). */
export function modeOfPathStat(header: string): number {
  return JSON.parse(Buffer.from(header, 'base64').toString('utf8')).mode & 0o777;
}

/**
 * The reads that tell whether anything has changed, over the engine's socket without a client library: loading one
 * takes longer than everything else that an `apply` with nothing to do does.
 */
export function engineSocket(endpoint: EngineEndpoint, bounds: EngineBounds = {}) {
  const { socketPath } = endpoint;
  return {
    async containers(project: string): Promise<ContainerFacts[]> {
      const filters = encodeURIComponent(JSON.stringify({ label: [projectLabel(project)] }));
      const { body } = await call('GET', `/containers/json?all=true&filters=${filters}`);
      return (JSON.parse(body) as ListedContainer[]).map(containerFacts);
    },
    async running(id: string): Promise<SeenFacts> {
      const { body } = await call('GET', `/containers/${id}/json`);
      return seenFactsOf(JSON.parse(body));
    },
    async network(name: string): Promise<FoundNetwork | undefined> {
      const { body, status } = await call('GET', `/networks/${encodeURIComponent(name)}`);
      return status === 404 ? undefined : foundNetwork(JSON.parse(body));
    },
    async fileMode(id: string, path: string): Promise<number | undefined> {
      const { headers } = await call('HEAD', `/containers/${id}/archive?path=${encodeURIComponent(path)}`);
      const stat = headers['x-docker-container-path-stat'];
      return stat === undefined ? undefined : modeOfPathStat(stat);
    },
  };

  async function call(method: string, path: string) {
    const outgoing = request({ socketPath, method, path, headers: { host: 'docker' } });
    const answer = await receive(outgoing, boundsOf(method, path, bounds)).catch((error) => {
      throw noEngine(error instanceof BoundsError ? rememberUnanswered(bounds, error) : error, endpoint);
    });
    rememberAnswer(bounds);
    // That there is nothing is an answer.
    if (answer.status >= 400 && answer.status !== 404) {
      throw engineFailure({ statusCode: answer.status, message: answer.body }, 'show what runs');
    }
    return answer;
  }
}
