import {
  aliasText,
  type FoundNetwork,
  type RunningFacts,
  type SeenFacts,
  withoutHost,
} from '../stack/running.ts';
import { hasUsualGateways, type InspectedAddresses } from './usual-gateways.ts';

/** What the engine answers about one container (Docker Engine API, ContainerInspect), as far as it is looked at. */
export interface InspectedContainer {
  readonly State: { readonly Status: string; readonly Running: boolean; readonly StartedAt: string };
  readonly Config: {
    readonly User: string;
    readonly Entrypoint?: readonly string[] | null | undefined;
    readonly Cmd: readonly string[] | null;
    readonly Env: readonly string[] | null;
    readonly Labels: Readonly<Record<string, string>> | null;
  };
  readonly HostConfig: HostConfig;
  readonly Mounts: readonly Mount[];
  readonly NetworkSettings: {
    readonly Ports: Ports | null;
    readonly Networks: Readonly<Record<string, { readonly Aliases: readonly string[] | null }>> | null;
  };
}

type Ports = Readonly<
  Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>
>;

interface Mount {
  readonly Type: string;
  readonly Name?: string;
  readonly Source: string;
  readonly Destination: string;
  readonly RW: boolean;
}

type List = readonly string[] | null | undefined;

/** Engines before 25 leave some of these out, or say `null` for nothing. */
interface HostConfig {
  readonly PortBindings?: Ports | null | undefined;
  readonly CapAdd?: List;
  readonly CapDrop?: List;
  readonly SecurityOpt?: List;
  readonly MaskedPaths?: List;
  readonly GroupAdd?: List;
  readonly ExtraHosts?: List;
  readonly Dns?: List;
  readonly DnsOptions?: List;
  readonly Links?: List;
  readonly DeviceCgroupRules?: List;
  readonly Devices?: readonly { readonly PathOnHost: string }[] | null | undefined;
  readonly DeviceRequests?: readonly unknown[] | null | undefined;
  readonly Tmpfs?: Readonly<Record<string, string>> | null | undefined;
  readonly Sysctls?: Readonly<Record<string, string>> | null | undefined;
  readonly Privileged: boolean;
  readonly ReadonlyRootfs: boolean;
  readonly PidMode: string;
  readonly IpcMode: string;
  readonly UTSMode: string;
  readonly UsernsMode: string;
  readonly Memory: number;
  readonly PidsLimit?: number | null | undefined;
  readonly CpuShares?: number | undefined;
  readonly NanoCpus?: number | undefined;
  readonly CpuQuota?: number | undefined;
  readonly CpusetCpus?: string | undefined;
  readonly RestartPolicy: { readonly Name: string };
  readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> | null };
}

/** What the engine answers about a network (NetworkInspect); `Containers` has only those that run. */
export interface InspectedNetwork {
  readonly Driver: string;
  readonly Internal: boolean;
  readonly EnableIPv6?: boolean | undefined;
  readonly Options?: Readonly<Record<string, string>> | null | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly Containers?: Readonly<Record<string, { readonly Name: string }>> | null | undefined;
  readonly IPAM?: InspectedAddresses | undefined;
}

/** The state and the facts in the engine's answer about a container. */
export function seenFactsOf(inspected: InspectedContainer): SeenFacts {
  const { Status, StartedAt } = inspected.State;
  return { state: Status, startedAt: StartedAt, facts: runningFactsOf(inspected) };
}

/** The facts in the engine's answer, in the terms of what is rendered. */
export function runningFactsOf(inspected: InspectedContainer): RunningFacts {
  const { Config, HostConfig: host, Mounts, NetworkSettings, State } = inspected;
  return {
    user: [Config.User],
    group: listOf(host.GroupAdd),
    program: [JSON.stringify(Config.Entrypoint ?? [])],
    command: [JSON.stringify(Config.Cmd ?? [])],
    environment: listOf(Config.Env),
    privilege: host.Privileged ? ['privileged'] : [],
    capability: listOf(host.CapAdd).map(capabilityName),
    droppedCapability: listOf(host.CapDrop).map(capabilityName),
    security: [
      ...listOf(host.SecurityOpt).map(securityOption),
      // `systempaths=unconfined` becomes an empty list; by default the list has paths.
      ...(host.MaskedPaths?.length === 0 ? ['systempaths=unconfined'] : []),
    ],
    root: [host.ReadonlyRootfs ? 'read-only' : 'writable'],
    namespace: namespacesOf(host),
    device: [
      ...(host.Devices ?? []).map(({ PathOnHost }) => PathOnHost),
      ...listOf(host.DeviceCgroupRules),
      ...(host.DeviceRequests ?? []).map((request) => JSON.stringify(request)),
    ],
    mount: Mounts.filter((mount) => !isAnonymous(mount)).map(mountText),
    tmpfs: Object.entries(host.Tmpfs ?? {}).map(([target, options]) => `${target}:${options}`),
    network: Object.keys(NetworkSettings.Networks ?? {}),
    alias: aliasesOf(inspected),
    // The ports that are bound; for a stopped container, which binds none, those that it is configured to bind.
    port: portsOf((State.Running ? NetworkSettings.Ports : host.PortBindings) ?? {}),
    name: [
      ...listOf(host.ExtraHosts),
      ...listOf(host.Dns),
      ...listOf(host.DnsOptions),
      ...listOf(host.Links),
    ],
    memory: positive(host.Memory),
    processes: positive(host.PidsLimit),
    processor: [
      ...positive(host.NanoCpus),
      ...positive(host.CpuQuota),
      ...(host.CpusetCpus ? [host.CpusetCpus] : []),
    ],
    weight: positive(host.CpuShares),
    kernel: Object.entries(host.Sysctls ?? {}).map(([name, value]) => `${name}=${value}`),
    restart: [host.RestartPolicy.Name],
    log: [logText(host.LogConfig.Type, host.LogConfig.Config ?? {})],
    label: Object.entries(Config.Labels ?? {}).map(([name, value]) => `${name}=${value}`),
  };
}

export function foundNetwork({
  Driver,
  Internal,
  EnableIPv6,
  Options,
  Labels,
  Containers,
  IPAM,
}: InspectedNetwork): FoundNetwork {
  return {
    project: Labels?.['com.docker.compose.project'] ?? '',
    driver: Driver,
    isInternal: Internal,
    hasIpv6: EnableIPv6 === true,
    hasHost: Options?.[withoutHost] !== 'true',
    hasUsualGateway: hasUsualGateways(IPAM),
    containers: Object.entries(Containers ?? {})
      .map(([id, { Name }]) => ({ id, name: Name }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

/** A log driver with its options, in one order. */
function logText(driver: string, options: Readonly<Record<string, string>>): string {
  return [
    driver,
    ...Object.entries(options)
      .map(([name, value]) => `${name}=${value}`)
      .sort(),
  ].join(' ');
}

function listOf(list: List): readonly string[] {
  return list ?? [];
}

/** `CAP_NET_ADMIN` and `NET_ADMIN` are one. */
function capabilityName(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '');
}

/** `no-new-privileges`, `=true` and `:true` are one. */
function securityOption(option: string): string {
  return option.replace(/^no-new-privileges[=:]true$/, 'no-new-privileges');
}

function namespacesOf({ PidMode, IpcMode, UTSMode, UsernsMode }: HostConfig): string[] {
  const shared = { pid: PidMode, ipc: IpcMode, uts: UTSMode, user: UsernsMode };
  return Object.entries(shared)
    .filter(([, mode]) => mode === 'host' || mode.startsWith('container:'))
    .map(([name, mode]) => `${name} of ${mode}`);
}

/** Whether the mount is a volume that the image declares and that has no name of its own. */
function isAnonymous({ Type, Name }: Mount): boolean {
  return Type === 'volume' && /^[0-9a-f]{64}$/.test(Name ?? '');
}

function mountText({ Source, Destination, RW }: Mount): string {
  return `${Source} at ${Destination}${RW ? '' : ' (read-only)'}`;
}

/**
 * The names by which others find the container, with the network of each. Those that the engine gives by itself
 * follow from the container's own name and ID.
 */
function aliasesOf({ NetworkSettings }: InspectedContainer): string[] {
  return Object.entries(NetworkSettings.Networks ?? {}).flatMap(([network, { Aliases }]) =>
    listOf(Aliases).map((alias) => aliasText(alias, network)),
  );
}

/**
 * Engines report "all addresses" as two bindings, of IPv4 and IPv6, if the host has both; as one of IPv4 if it has
 * not; and as an empty address before the container runs.
 */
function portsOf(ports: Ports): string[] {
  return Object.entries(ports).flatMap(([target, bindings]) => {
    const bound = (bindings ?? []).map(({ HostIp, HostPort }) => ({
      address: HostIp || '0.0.0.0',
      port: HostPort,
    }));
    const isOnAll = (wanted: string) =>
      bound.some(({ address, port }) => address === '0.0.0.0' && port === wanted);
    return bound
      .filter(({ address, port }) => address !== '::' || !isOnAll(port))
      .map(({ address, port }) => `${address}:${port} to ${target}`);
  });
}

function positive(limit: number | null | undefined): string[] {
  return limit !== null && limit !== undefined && limit > 0 ? [String(limit)] : [];
}
