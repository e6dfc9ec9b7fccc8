import { Authority } from '../../lab/certificates.ts';
import type { Host } from '../../lab/host.ts';
import type { Lab } from '../../lab/lab.ts';
import type { Machine } from '../../lab/machine.ts';
import { serviceTree } from '../../lab/service-tree.ts';

/** A web server by https, which serves the files in a directory of its machine. */
export interface FileServer {
  readonly machine: Machine;
  /** Absolute, on the machine. */
  readonly directory: string;
  /** Makes a host believe that the server is who it says. */
  vouchTo(host: Host): Promise<void>;
}

/**
 * Opens one on a machine of its own.
 *
 * @param machineName of the lab's machine
 * @param name in the DNS
 */
export async function openFileServer(lab: Lab, machineName: string, name: string): Promise<FileServer> {
  const directory = '/srv/files';
  const machine = await lab.machine(machineName, { tree: await serviceTree(), names: [name] });
  await machine.run(['mkdir', '-p', directory]);
  const authority = await Authority.create(`Root of ${name}`);
  const { certificate, key } = await authority.issue([name]);
  const server = `
    const { createReadStream } = require('node:fs');
    require('node:https').createServer(${JSON.stringify({ cert: certificate, key })}, ({ url }, response) => {
      const file = createReadStream('${directory}' + url);
      file.on('error', () => response.writeHead(404).end());
      file.pipe(response);
    }).listen(443)`;
  await machine.start(['node', '--eval', server]);
  const listening = "until ss --listening --tcp --numeric | grep --quiet ':443 '; do sleep 0.02; done";
  await machine.run(['sh', '-c', listening], { timeoutSeconds: 10 });
  const root = authority.certificate.toString('pem');
  return {
    machine,
    directory,
    async vouchTo(host) {
      await host.run(['sh', '-c', 'cat >>/etc/ssl/certs/ca-certificates.crt'], { input: `\n${root}\n` });
    },
  };
}
