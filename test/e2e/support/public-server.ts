import { stringify } from 'yaml';
import type { Deployment } from './deployment.ts';

/** Where a host of the lab keeps the certificates that it trusts. */
const trusted = '/usr/local/share/ca-certificates/lab.crt';

interface Settings {
  host?: string;
  synapse?: object;
  traefik?: object;
}

/**
 * Writes what the operator of a public server writes: matrix.yaml, with certificates from the lab's authority, whose roots are
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
