import { BoundsError } from '../host/bounds.ts';
import { request } from '../host/node-http.ts';
import { receive } from '../host/receive.ts';
import type { ContainerFacts, FoundNetwork, SeenFacts } from '../stack/running.ts';
import { type ListedContainer, listContainers, projectLabel } from './container-list.ts';
import type { EngineEndpoint } from './endpoint.ts';
import { boundsOf, type EngineBounds, rememberAnswer, rememberUnanswered } from './engine-bounds.ts';
import { engineFailure, noEngine } from './engine-failure.ts';
import { foundNetwork, seenFactsOf } from './running.ts';

/** The mode in the engine's answer about a path (X-Docker-Container-Path-Stat: base64 of JSON, with Go's mode bits). */
export function modeOfPathStat(header: string): number {
  return JSON.parse(Buffer.from(header, 'base64').toString('utf8')).mode & 0o777;
}

/**
 * The reads that tell whether anything has changed, over the engine's socket without a client library: loading one
 * would take longer than all else that an `apply` with nothing to do does.
 */
export function engineSocket(endpoint: EngineEndpoint, bounds: EngineBounds = {}) {
  const { socketPath } = endpoint;
  return {
    async containers(project: string): Promise<ContainerFacts[]> {
      const filters = encodeURIComponent(JSON.stringify({ label: [projectLabel(project)] }));
      const { body } = await call('GET', `/containers/json?all=true&filters=${filters}`);
      return listContainers(JSON.parse(body) as ListedContainer[], async (id) => {
        const found = await call('GET', `/containers/${id}/json`);
        return found.status === 404 ? undefined : JSON.parse(found.body);
      });
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
    // A 404 is an answer: the object does not exist.
    if (answer.status >= 400 && answer.status !== 404) {
      throw engineFailure({ statusCode: answer.status, message: answer.body }, 'show what runs');
    }
    return answer;
  }
}
