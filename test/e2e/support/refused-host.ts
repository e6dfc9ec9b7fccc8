import type { Finding } from '../../../src/preflight/finding.ts';
import type { Host } from '../../lab/host.ts';
import { Deployment, type DeploymentOptions } from './deployment.ts';

/** How the operator starts a server on a host that cannot run it. */
export interface Attempt extends Pick<DeploymentOptions, 'directory' | 'operator'> {
  /** Programs that matrix-deploy is started through. */
  readonly through?: readonly string[];
  /** Flags beside the usual ones; the last of a kind counts. */
  readonly flags?: readonly string[];
}

interface Refusal {
  readonly exitCode: number;
  readonly findings: readonly Finding[];
  /** What is there that was not before. */
  readonly written: readonly string[];
}

/** Where a host of the lab keeps the certificates that it trusts. */
const trusted = '/usr/local/share/ca-certificates/lab.crt';

/** Tries to set up a public server, and tells what kept it from being, and what it left. */
export async function attempt(host: Host, serverName: string, how: Attempt = {}): Promise<Refusal> {
  const { through = [], flags = [], ...options } = how;
  const deployment = new Deployment(host, { serverName, ...options });
  const init = ['init', '--yes', '--json', '--server-name', serverName, '--acme-roots', trusted, ...flags];
  const before = await inventory(deployment);
  const { exitCode, stderr } = await host.exec([...through, ...deployment.command(...init)]);
  const after = await inventory(deployment);
  const failure = JSON.parse(stderr.split('\n').find((line) => line.startsWith('{')) ?? '{}');
  return {
    exitCode,
    findings: failure.error?.findings ?? [],
    written: after.filter((line) => !before.includes(line)),
  };
}

/** The deployment directory, and what the engine has while it answers. */
async function inventory({ host, directory }: Deployment): Promise<string[]> {
  const script = `
    find "$1" -printf '%p %i\\n'
    [ -S /run/docker.sock ] && curl --silent --unix-socket /run/docker.sock http://docker/_ping >/dev/null || exit 0
    docker ps --all --quiet; docker images --quiet; docker volume ls --quiet; docker network ls --quiet`;
  const { stdout } = await host.exec(['sh', '-c', `{ ${script}\n} 2>/dev/null`, 'inventory', directory]);
  return stdout.split('\n');
}
