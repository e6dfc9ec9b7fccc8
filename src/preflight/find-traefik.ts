import {
  configuredFile,
  type ExistingTraefik,
  readTraefik,
  type SeenTraefik,
  usualFiles,
} from '../components/traefik/existing-traefik.ts';
import type { Engine } from '../docker/engine.ts';

type Reads = Pick<Engine, 'publishers' | 'running' | 'network' | 'exec' | 'readFile'>;

/** Does an image carry Traefik, by its name? */
export function isTraefik(image: string): boolean {
  return /(^|\/)traefik([:@]|$)/.test(image);
}

/**
 * The Traefik in a container of this host that the world reaches, with what it was told.
 *
 * @param project the one of Compose that is ours, whose proxy is not meant
 * @returns `undefined` where no container publishes port 443, or another program does
 */
export async function findTraefik(engine: Reads, project?: string): Promise<ExistingTraefik | undefined> {
  const publishers = await engine.publishers();
  const publisher = publishers.find(
    ({ protocol, ...one }) => protocol === undefined && one.port === 443 && one.project !== project,
  );
  if (publisher === undefined) return undefined;
  const version = await versionOf(publisher.id, engine);
  if (version === undefined && !isTraefik(publisher.image)) return undefined;
  const { facts } = await engine.running(publisher.id);
  const command = [...facts.program, ...facts.command].flatMap((text): string[] => JSON.parse(text));
  return readTraefik({
    container: publisher.container,
    networks: facts.network,
    withOtherGateway: await withOtherGateway(facts.network, engine),
    version,
    command,
    environment: facts.environment,
    file: await fileOf(publisher.id, { command }, engine),
  });
}

/** Only on a bridge the host has an address of its own; of other networks it does not matter. */
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
  told: Pick<SeenTraefik, 'command'>,
  engine: Reads,
): Promise<SeenTraefik['file']> {
  const configured = configuredFile(told);
  for (const path of configured === undefined ? usualFiles : [configured]) {
    const text = await engine.readFile(id, path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}
