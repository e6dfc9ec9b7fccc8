import { stringify } from 'yaml';
import type { OutsideFinding } from '../../../src/apply/verify-outside.ts';
import type { Deployment } from './deployment.ts';

/** Where a host of the lab keeps the certificates that it trusts. */
export const trusted = '/usr/local/share/ca-certificates/lab.crt';

/** What the operator of a public server types to set it up, with certificates from the lab's CA. */
export function initPublicly({ serverName }: Deployment): string[] {
  return ['init', '--yes', '--server-name', serverName, '--acme-roots', trusted];
}

interface Settings {
  host?: string;
  mail?: object;
  synapse?: object;
  traefik?: object;
}

/**
 * Writes what the operator of a public server writes: matrix.yaml, with certificates from the lab's CA, whose roots are
 * copied beside it since no container trusts them by itself.
 *
 * @param settings what is not as usual
 */
export async function writeConfiguration(deployment: Deployment, settings: Settings = {}): Promise<void> {
  const { host, serverName } = deployment;
  const configuration = {
    version: 1,
    server_name: serverName,
    host: `matrix.${serverName}`,
    ...settings,
    traefik: { certificates: { issuer: 'acme', roots: 'roots.pem' }, ...settings.traefik },
  };
  await host.writeFile(deployment.path('matrix.yaml'), stringify(configuration));
  await host.run(['cp', trusted, deployment.path('roots.pem')]);
}

/** What `init --json` answers for a public server. */
export interface PublicInitAnswer {
  readonly changed: boolean;
  readonly url: string;
  readonly userId: string;
  readonly outside: readonly OutsideFinding[];
}

/**
 * Writes an answers file for automation, with the lab's CA.
 *
 * @returns the command line that sets up the server
 */
export async function writeAnswers({ host, serverName }: Deployment): Promise<string[]> {
  const file = '/root/answers.yaml';
  await host.writeFile(file, stringify({ server_name: serverName, acme_roots: trusted }));
  return ['init', '--yes', '--answers', file];
}
