import { request } from 'node:http';
import { join } from 'node:path';
import { waitUntil } from './command.ts';
import { plugImages } from './image-store.ts';
import { Machine, type MachineSpec } from './machine.ts';

/** The Docker engines that Debian 12, 13 and unstable bring. */
export const engineVersions = ['20.10', '26.1', '28.5'] as const;

export type EngineVersion = (typeof engineVersions)[number];

export interface HostSpec extends MachineSpec {
  engine: EngineVersion;
  /** The stores (image-store.ts) of the images that its engine has from the start. */
  stores: string[];
}

/** A server as an operator rents it: a machine of the lab with a Docker engine. */
export class Host extends Machine<HostSpec> {
  /** The engine's socket, as processes outside reach it. It changes with each boot. */
  async socket(): Promise<string> {
    // Not /var/run: that is a link, and would be followed outside.
    return `/proc/${await this.pid()}/root/run/docker.sock`;
  }

  /** The engine's data directory, as processes outside reach it; empty while a host with a disk of its own is off. */
  get engineData(): string {
    return join(this.directory, 'disk/docker');
  }

  /** Switches the host on and starts its engine. */
  override async boot(): Promise<void> {
    await super.boot();
    await plugImages(this, this.spec.stores);
    await this.startEngine();
  }

  /** Starts the engine as Debian would, without flags, and waits until it answers. */
  async startEngine(): Promise<void> {
    await this.start(['dockerd']);
    const socket = await this.socket();
    await waitUntil(`an answer of the engine on ${this.name}`, () => answers(socket), { seconds: 60 }).catch(
      async (error) => {
        throw new Error(`${error.message}\n${await this.run(['tail', '-n', '20', '/var/log/dockerd.log'])}`);
      },
    );
  }

  /** Stops the engine in order, its containers with it. */
  async stopEngine(): Promise<void> {
    await this.#endEngine('TERM');
  }

  /** Kills the engine itself at once; containers and containerd go on, as they do when it crashes. */
  async killEngine(): Promise<void> {
    await this.#endEngine('KILL');
  }

  async #endEngine(signal: string): Promise<void> {
    const script =
      'pid=$(cat /run/docker.pid) && kill -s "$1" "$pid" && while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done';
    await this.run(['sh', '-c', script, 'end', signal], { timeoutSeconds: 60 });
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping', timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('error', () => resolve(false));
    ping.on('timeout', () => ping.destroy());
    ping.end();
  });
}
