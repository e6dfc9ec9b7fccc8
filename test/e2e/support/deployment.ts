import Docker, { type ContainerInspectInfo } from 'dockerode';
import { parseDocument } from 'yaml';
import type { ExecResult } from '../../lab/executor.ts';
import type { Host } from '../../lab/host.ts';
import { checkout } from '../../lab/machine.ts';

// The strictest umask there is: whatever a container must read has its mode set, not inherited.
const asOperator = 'umask 077; HOME=$(getent passwd "$(id -u)" | cut -d: -f6); cd; exec "$@"';

/** What `init --json` answers. */
interface InitAnswer {
  changed: boolean;
  url: string;
  userId: string;
  passwordFile: string;
  authority: string;
}

/** What a command that fails says with `--json`. */
interface ToldError {
  code: string;
  details: string[];
}

export interface DeploymentOptions {
  /** Absolute; it need not exist. */
  directory?: string;
  serverName?: string;
  /** A user of the host, who then must be allowed to use the engine. Root when absent. */
  operator?: string;
  /** The directory of the program: the checkout when absent. */
  program?: string;
}

/** A deployment on a host of the lab, and the command line as its operator has it. */
export class Deployment {
  readonly host: Host;
  readonly directory: string;
  readonly serverName: string;
  readonly #operator: string;
  readonly #program: string;

  constructor(host: Host, options: DeploymentOptions = {}) {
    this.host = host;
    this.directory = options.directory ?? '/srv/matrix';
    this.serverName = options.serverName ?? 'localhost';
    this.#operator = options.operator ?? 'root';
    this.#program = options.program ?? checkout.onMachines;
  }

  /** A command line of matrix-deploy for this directory, as the operator types it. */
  command(...argv: string[]): string[] {
    const command = ['node', `${this.#program}/bin/matrix-deploy.cjs`, ...argv, '--dir', this.directory];
    return this.#operator === 'root'
      ? command
      : ['runuser', '-u', this.#operator, '--', 'sh', '-c', asOperator, 'sh', ...command];
  }

  /** Runs matrix-deploy to its end, whatever its exit code. */
  cli(...argv: string[]): Promise<ExecResult> {
    return this.host.exec(this.command(...argv), { timeoutSeconds: 240 });
  }

  /** Runs matrix-deploy, which must end with this exit code. */
  async exits(exitCode: number, ...argv: string[]): Promise<ExecResult> {
    const result = await this.cli(...argv);
    if (result.exitCode !== exitCode) {
      const said = `${result.stderr}${result.stdout}`;
      throw new Error(`${argv.join(' ')} ended with ${result.exitCode}, not ${exitCode}:\n${said}`);
    }
    return result;
  }

  /**
   * Runs a command of matrix-deploy that must succeed.
   * @returns its answer, parsed
   */
  async ask<Answer>(...argv: string[]): Promise<Answer> {
    return JSON.parse((await this.exits(0, ...argv, '--json')).stdout);
  }

  /**
   * Runs a command of matrix-deploy that must end with this exit code.
   * @returns the error that it tells, parsed
   */
  async fails(exitCode: number, ...argv: string[]): Promise<ToldError> {
    return JSON.parse((await this.exits(exitCode, ...argv, '--json', '--quiet')).stderr).error;
  }

  /** Sets up a local server, or finds it set up. */
  init(): Promise<InitAnswer> {
    return this.ask('init', '--local', '--yes', '--server-name', this.serverName);
  }

  /**
   * Changes settings in matrix.yaml as an operator would with an editor: of a section, those that are named. `undefined` takes
   * out a setting, or a whole section.
   */
  async edit(settings: Record<string, Record<string, unknown> | string | undefined>): Promise<void> {
    const document = parseDocument(await this.readFile('matrix.yaml'));
    const set = (path: string[], value: unknown) =>
      value === undefined ? document.deleteIn(path) : document.setIn(path, value);
    for (const [key, value] of Object.entries(settings)) {
      if (typeof value !== 'object') set([key], value);
      else for (const [name, inner] of Object.entries(value)) set([key, name], inner);
    }
    await this.writeFile('matrix.yaml', String(document));
  }

  /** Runs a command of the host in the directory, as root; it must succeed. */
  run(argv: string[]): Promise<string> {
    return this.host.run(argv, { cwd: this.directory });
  }

  /** What the homeserver's database answers to SQL: a line for each row. */
  query(sql: string): Promise<string> {
    const psql = ['psql', '-qAtX', '-U', 'postgres', '-d', 'synapse', '-c', sql];
    return this.run(['docker', 'compose', 'exec', '-T', 'postgres', ...psql]);
  }

  path(below: string): string {
    return `${this.directory}/${below}`;
  }

  readFile(below: string): Promise<string> {
    return this.host.readFile(this.path(below));
  }

  /** Changes a file's text and nothing else of it. */
  async writeFile(below: string, text: string): Promise<void> {
    await this.host.run(['sh', '-c', 'cat >"$1"', 'write', this.path(below)], { input: text });
  }

  /** By name, the secrets that are made. */
  async secrets(): Promise<Record<string, string>> {
    const files = (await this.host.run(['ls', this.path('secrets')])).split('\n');
    const names = files.filter((file) => !file.endsWith('.new'));
    const values = await Promise.all(names.map((name) => this.readFile(`secrets/${name}`)));
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
  }

  /** The deployment's containers, running or not. */
  async containers(): Promise<ContainerInspectInfo[]> {
    const docker = await this.engine();
    const label = `com.docker.compose.project.working_dir=${this.directory}`;
    const all = await docker.listContainers({ all: true, filters: { label: [label] } });
    return Promise.all(all.map(({ Id }) => docker.getContainer(Id).inspect()));
  }

  /** The one container of a service. */
  async container(service: string): Promise<ContainerInspectInfo> {
    const own = (await this.containers()).filter((container) => serviceOf(container) === service);
    const [only] = own;
    if (only === undefined || own.length > 1) throw new Error(`${own.length} containers of ${service}`);
    return only;
  }

  /** By service, the identity of its container: another one when it was recreated. */
  async containerIds(): Promise<Record<string, string>> {
    const all = await this.containers();
    return Object.fromEntries(all.map((container) => [serviceOf(container), container.Id]));
  }

  /** The engine, from outside. */
  async engine(): Promise<Docker> {
    return new Docker({ socketPath: await this.host.socket() });
  }

  /**
   * What must stay as it is when nothing is to be done: the containers, and every file but what the services themselves
   * write, the caches, which are written behind its back, and the log of the last run: with inode, mode and the times of
   * the last change of its content and of anything.
   */
  async snapshot(): Promise<{ containers: Record<string, string>; files: string[] }> {
    const data = ['data', 'cache'].flatMap((name) => ['-path', this.path(name), '-prune', '-o']);
    const shown = ['-type', 'f', '!', '-name', 'last-run.log', '-printf', '%P %i %m %T@ %C@\\n'];
    const found = await this.host.run(['find', this.directory, ...data, ...shown]);
    return { containers: await this.containerIds(), files: found.split('\n').sort() };
  }
}

export function serviceOf({ Config }: ContainerInspectInfo): string {
  return Config.Labels['com.docker.compose.service'] ?? '';
}

/** Makes an ordinary user who may use the engine. */
export async function addOperator(host: Host, name: string): Promise<void> {
  await host.run(['useradd', '--create-home', '--groups', 'docker', name]);
}
