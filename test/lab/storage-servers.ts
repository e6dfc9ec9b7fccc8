import { createHash } from 'node:crypto';
import { copyFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cached } from './cache.ts';
import type { Authority } from './certificates.ts';
import { run } from './command.ts';
import { architecture } from './images/archive.ts';
import { buildGoProgram } from './images/go.ts';
import type { Lab } from './lab.ts';
import type { Machine } from './machine.ts';
import { serviceTree } from './service-tree.ts';
import { sshTree } from './ssh-tree.ts';

const programs = {
  rest: 'github.com/restic/rest-server/cmd/rest-server@v0.14.0',
  s3: 'github.com/versity/versitygw/cmd/versitygw@v1.8.0',
} as const;

const ports = { rest: 8000, s3: 7070, sftp: 22 } as const;

export type StorageKind = keyof typeof ports;

/** Who may use it: a user, or the ID of an access key, and the password. */
export interface Login {
  user: string;
  password: string;
}

/** A server program for backups on a machine of its own, on a disk of its own, with a certificate of its own CA. */
export class StorageServer {
  readonly kind: StorageKind;
  readonly machine: Machine;
  readonly #program: string;

  private constructor(kind: StorageKind, machine: Machine) {
    this.kind = kind;
    this.machine = machine;
    this.#program =
      kind === 'sftp' ? '/usr/sbin/sshd' : `/usr/local/bin/${basename(programs[kind]).replace(/@.*/, '')}`;
  }

  /** Rents its machine. Nobody may use it before it is started. */
  static async rent(lab: Lab, kind: StorageKind, authority: Authority): Promise<StorageServer> {
    const tree = await (kind === 'sftp' ? sshTree() : serviceTree());
    const machine = await lab.machine(kind, { tree, names: [nameOf(kind)] });
    const server = new StorageServer(kind, machine);
    const { certificate, key } = await authority.issue([nameOf(kind)]);
    await machine.writeFile('/srv/certificate.pem', certificate);
    await machine.writeFile('/srv/key.pem', key);
    await machine.run(['sh', '-c', 'mkdir /srv/disk && mount -t tmpfs -o size=300m none /srv/disk']);
    await machine.run(['mkdir', '-p', '/srv/disk/bucket']);
    if (kind === 'sftp') {
      await machine.run([
        'sh',
        '-euc',
        'useradd --create-home keeper; chown keeper /srv/disk; mkdir -p /run/sshd',
      ]);
      await server.renewHostKey();
    } else {
      await run('cp', [await program(programs[kind]), `/proc/${await machine.pid()}/root${server.#program}`]);
    }
    return server;
  }

  /** Gives an ssh server another key, as who installs it again. */
  async renewHostKey(): Promise<void> {
    const file = '/etc/ssh/ssh_host_ed25519_key';
    await this.machine.run([
      'sh',
      '-euc',
      `rm -f /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f ${file}`,
    ]);
  }

  /** The public key of an ssh server. */
  hostKey(): Promise<string> {
    return this.machine.readFile('/etc/ssh/ssh_host_ed25519_key.pub');
  }

  /** The name by which hosts find its machine. */
  get name(): string {
    return nameOf(this.kind);
  }

  /** Where it is, without a path. */
  get origin(): string {
    return `https://${this.name}:${ports[this.kind]}`;
  }

  /** Starts it, in place of one that runs, for this user alone; an ssh server for who has the key that is the password. */
  async start({ user, password }: Login, flags: readonly string[] = []): Promise<void> {
    await this.stop();
    const tls = ['/srv/certificate.pem', '/srv/key.pem'];
    if (this.kind === 'sftp') {
      await this.machine.writeFile('/home/keeper/.ssh/authorized_keys', `${password}\n`);
      await this.machine.run(['sh', '-c', 'chown -R keeper /home/keeper/.ssh']);
      await this.machine.run([this.#program, '-o', 'PidFile=/srv/pid', ...flags]);
    } else if (this.kind === 'rest') {
      const hash = createHash('sha1').update(password).digest('base64');
      await this.machine.writeFile('/srv/users', `${user}:{SHA}${hash}\n`);
      const options = ['--path', '/srv/disk', '--htpasswd-file', '/srv/users', '--listen', `:${ports.rest}`];
      const [cert, key] = tls;
      await this.#begin([...options, '--tls', '--tls-cert', `${cert}`, '--tls-key', `${key}`, ...flags]);
    } else {
      const [cert, key] = tls;
      const options = ['--access', user, '--secret', password, '--port', `:${ports.s3}`];
      await this.#begin([...options, '--cert', `${cert}`, '--key', `${key}`, ...flags, 'posix', '/srv/disk']);
    }
  }

  /** Ends it at once. */
  async stop(): Promise<void> {
    // Each connection to an ssh server has processes of its own.
    const script = 'kill -9 $(cat /srv/pid) 2>/dev/null; pkill -KILL sshd; rm -f /srv/pid';
    await this.machine.exec(['sh', '-c', script]);
  }

  /** Leaves it this much room for more, in megabytes. */
  async leaveRoom(megabytes: number): Promise<void> {
    const used = Number(await this.machine.run(['sh', '-c', 'df --output=used -k /srv/disk | tail -n 1']));
    const size = `size=${used + megabytes * 1024}k`;
    await this.machine.run(['mount', '-o', `remount,${size}`, '/srv/disk']);
  }

  async #begin(options: readonly string[]): Promise<void> {
    const script = 'echo $$ >/srv/pid; exec "$0" "$@"';
    await this.machine.start(['sh', '-c', script, this.#program, ...options]);
    const answers = `until curl --silent --insecure --output /dev/null https://127.0.0.1:${ports[this.kind]}/; do sleep 0.05; done`;
    await this.machine.run(['sh', '-c', answers], { timeoutSeconds: 20 });
  }
}

function nameOf(kind: StorageKind): string {
  return `${kind}.example.org`;
}

/** The path of a program of the Go proxy, built once. */
async function program(source: string): Promise<string> {
  const name = basename(source).replace(/@.*/, '');
  const entry = await cached('go-program', { source, architecture: architecture() }, async (directory) => {
    const built = await buildGoProgram(source, join(directory, 'built'));
    await copyFile(built, join(directory, name));
    await rm(join(directory, 'built'), { recursive: true });
  });
  return join(entry, name);
}
