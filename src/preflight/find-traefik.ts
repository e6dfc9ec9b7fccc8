import {
  configurationFiles,
  type ExistingTraefik,
  readTraefik,
  type SeenTraefik,
} from '../components/traefik/existing-traefik.ts';
import type { Engine } from '../docker/engine.ts';

type Reads = Pick<Engine, 'publishers' | 'running' | 'network' | 'exec' | 'readFile'>;

/** Whether an image is one of Traefik, by its name. */
export function isTraefik(image: string): boolean {
  return /(^|\/)traefik([:@]|$)/.test(image);
}

/**
 * Finds a Traefik in the container that publishes port 443 of this host, and reads its configuration.
 *
 * @param project our own Compose project, whose proxy is left out
 * @returns `undefined` if no container publishes port 443, if its program is not Traefik, or if it is the proxy of
 *   another deployment of ours, which finds its services by files and not by labels
 */
export async function findTraefik(engine: Reads, project?: string): Promise<ExistingTraefik | undefined> {
  const publishers = await engine.publishers();
  const publisher = publishers.find(
    ({ protocol, ...one }) => protocol === undefined && one.port === 443 && one.project !== project,
  );
  if (publisher === undefined || publisher.isDeployed) return undefined;
  const version = await versionOf(publisher.id, engine);
  if (version === undefined && !isTraefik(publisher.image)) return undefined;
  const { facts } = await engine.running(publisher.id);
  const command = [...facts.program, ...facts.command].flatMap((text): string[] => JSON.parse(text));
  const told = { command, environment: facts.environment };
  return readTraefik({
    container: publisher.container,
    networks: facts.network,
    withOtherGateway: await withOtherGateway(facts.network, engine),
    version,
    ...told,
    file: await fileOf(publisher.id, told, engine),
  });
}

/** The bridge networks with another gateway. On networks of other drivers, the host has no address of its own. */
async function withOtherGateway(
  names: readonly string[],
  engine: Pick<Engine, 'network'>,
): Promise<string[]> {
  const found = await Promise.all(names.map((name) => engine.network(name)));
  return names.filter((_, index) => {
    const network = found[index];
    return network?.driver === 'bridge' && !network.hasUsualGateway;
  });
}

async function versionOf(id: string, engine: Reads): Promise<string | undefined> {
  const { exitCode, stdout } = await engine
    .exec(id, { command: ['traefik', 'version'] })
    .catch(() => ({ exitCode: 1, stdout: '' }));
  return exitCode === 0 ? /^Version:\s+v?([\d.]+)/m.exec(stdout)?.[1] : undefined;
}

async function fileOf(
  id: string,
  told: Pick<SeenTraefik, 'command' | 'environment'>,
  engine: Reads,
): Promise<SeenTraefik['file']> {
  for (const path of configurationFiles(told)) {
    const text = await engine.readFile(id, path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}
