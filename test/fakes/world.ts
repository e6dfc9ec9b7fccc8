import type { Compose } from '../../src/docker/compose.ts';
import type { Engine, ExecResult } from '../../src/docker/engine.ts';
import type { InspectedContainer, InspectedNetwork } from '../../src/docker/running.ts';
import type { ContainerFacts, RunningFact } from '../../src/stack/running.ts';
import { fakeCompose } from './compose.ts';
import { fakeContainers } from './containers.ts';
import { fakeEdge } from './edge.ts';
import { fakeEngine } from './engine.ts';
import { fakeHomeserver } from './homeserver.ts';
import { fakePrograms } from './programs.ts';

/**
 * A host with an engine, as far as our commands see one: it remembers images, containers, databases and users, and
 * behind its published port a real TLS server answers as the stack would. Only what a test reads is kept.
 */
export function fakeWorld() {
  const edge = fakeEdge(() => containers.runs('synapse'));
  const synapse = fakeHomeserver('localhost', () => containers.runs('synapse'));
  const world = {
    versions: { engine: '27.3.1', compose: '2.40.3' },
    /** By reference, the digest: what is on this host, and what the registry has. */
    images: new Map<string, string>(),
    registry: new Map([
      ['postgres:17', 'sha256:0a'],
      ['matrixdotorg/synapse:v1.163.2', 'sha256:0b'],
      ['traefik:v3.7.15', 'sha256:0c'],
    ]),
    containers: new Map<string, ContainerFacts>(),
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
  const containers = fakeContainers(world, edge);
  Object.assign(world.programs, fakePrograms(world));
  world.engine = fakeEngine(world, containers);
  world.compose = fakeCompose(world, containers, edge);
  return world;
}

export type FakeWorld = ReturnType<typeof fakeWorld>;
