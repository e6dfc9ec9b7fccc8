import { join } from 'node:path';
import type { InspectedContainer, InspectedNetwork } from '../../src/docker/running.ts';

/** A service as the rendered docker-compose.yml says. */
export interface Definition {
  readonly image: string;
  readonly labels: Record<string, string>;
  readonly user: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly read_only: boolean;
  readonly restart: string;
  readonly logging: { readonly driver: string; readonly options: Record<string, string> };
  readonly ports?: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly {
    readonly source: string;
    readonly target: string;
    readonly read_only?: boolean;
    readonly bind: { readonly create_host_path: boolean };
  }[];
  readonly tmpfs?: readonly string[];
  readonly mem_limit: string;
  readonly pids_limit: number;
  readonly cpu_shares: number;
  readonly cpus?: number;
  readonly dns_opt?: readonly string[];
}

/** What an engine tells about a container that Compose has made and that runs. */
export function inspectedContainer(
  { directory, project, service }: { directory: string; project: string; service: string },
  definition: Definition,
): InspectedContainer {
  const size = Number.parseInt(definition.mem_limit, 10);
  const ports = (definition.ports ?? []).flatMap(boundPorts);
  return {
    State: { Status: 'running', Running: true, StartedAt: '2026-01-01T00:00:00Z' },
    Config: {
      User: definition.user,
      Entrypoint: definition.entrypoint?.map(withoutEscapes),
      Cmd: (definition.command ?? []).map(withoutEscapes),
      Env: [
        'PATH=/usr/bin',
        ...Object.entries(definition.environment ?? {}).map(
          ([name, text]) => `${name}=${withoutEscapes(text)}`,
        ),
      ],
      Labels: {
        'com.docker.compose.service': service,
        ...Object.fromEntries(
          Object.entries(definition.labels).map(([name, text]) => [name, withoutEscapes(text)]),
        ),
      },
    },
    HostConfig: {
      PortBindings: Object.fromEntries(ports),
      CapAdd: null,
      CapDrop: definition.cap_drop,
      SecurityOpt: definition.security_opt,
      MaskedPaths: ['/proc/kcore'],
      GroupAdd: null,
      Privileged: false,
      ReadonlyRootfs: definition.read_only,
      PidMode: '',
      IpcMode: 'private',
      UTSMode: '',
      UsernsMode: '',
      Tmpfs: Object.fromEntries((definition.tmpfs ?? []).map((text) => text.split(/:(.*)/).slice(0, 2))),
      Memory: size * (definition.mem_limit.endsWith('g') ? 2 ** 30 : 2 ** 20),
      PidsLimit: definition.pids_limit,
      NanoCpus: (definition.cpus ?? 0) * 1e9,
      CpuShares: definition.cpu_shares,
      DnsOptions: definition.dns_opt ?? null,
      RestartPolicy: { Name: definition.restart },
      LogConfig: { Type: definition.logging.driver, Config: definition.logging.options },
    },
    Mounts: definition.volumes.map(({ source, target, read_only }) => ({
      Type: 'bind',
      Source: join(directory, source),
      Destination: target,
      RW: !read_only,
    })),
    NetworkSettings: {
      Ports: Object.fromEntries([...ports, ['80/tcp', null]]),
      Networks: Object.fromEntries(
        definition.networks.map((network) => [
          `${project}_${network}`,
          { Aliases: [`${project}-${service}-1`, service] },
        ]),
      ),
    },
  };
}

/** Ports of Compose's short form as an engine binds them, one by one. */
function boundPorts(port: string): (readonly [string, { HostIp: string; HostPort: string }[]])[] {
  const [mapping = '', protocol = 'tcp'] = port.split('/');
  const [target = '', published = '', HostIp = '0.0.0.0'] = mapping.split(':').reverse();
  const [first = 0, last = first] = published.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => [
    `${Number.parseInt(target, 10) + index}/${protocol}`,
    [{ HostIp, HostPort: String(first + index) }],
  ]);
}

/** What an engine tells about a network that Compose has made. */
export function inspectedNetwork(
  project: string,
  {
    driver = 'bridge',
    internal = false,
    driver_opts = {},
  }: { driver?: string; internal?: boolean; driver_opts?: Record<string, string> },
): InspectedNetwork {
  return {
    Driver: driver,
    Internal: internal,
    Options: driver_opts,
    Labels: { 'com.docker.compose.project': project },
    Containers: {},
  };
}

/** Compose reads `$$` as a dollar. */
function withoutEscapes(text: string): string {
  return text.replaceAll('$$', '$');
}
