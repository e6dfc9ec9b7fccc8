import { Alias, type Document, Pair, Scalar, type YAMLMap } from 'yaml';
import type { Settings } from '../components/component.ts';
import {
  type Mount,
  ownerText,
  portMapping,
  type Service,
  type Tmpfs,
  tmpfsOptions,
} from '../components/service.ts';
import { digestLabel } from '../stack/labels.ts';
import type { Stack } from '../stack/stack.ts';
import { openTemplate, printDocument, setValues } from './template.ts';

/** The hardening that the template gives to every service. */
export function hardening(): Settings {
  return openTemplate('docker-compose.yml').toJS()['x-hardened'];
}

/** The networks as they are defined, by their short names. */
export function networkDefinitions(edge: Stack['edge']): Readonly<Record<string, Settings>> {
  const document = openTemplate('docker-compose.yml');
  setValues(document, networkSettings(edge));
  return document.toJS().networks;
}

/** The parts of the network definitions that depend on settings. */
function networkSettings({ hasIpv6Network = false, behind }: Stack['edge']): Settings {
  return {
    networks: {
      web: { enable_ipv6: hasIpv6Network },
      ...(behind?.kind === 'traefik' ? { foreign: { external: true, name: behind.network } } : {}),
    },
  };
}

/** The definition of a service for Compose, without the hardening that the template gives to every service. */
export function composeService(service: Service): Settings {
  return {
    image: service.image,
    user: ownerText(service.user),
    entrypoint: service.entrypoint ?? [],
    command: service.command,
    environment: service.environment,
    volumes: service.mounts.map(bindMount),
    tmpfs: service.tmpfs.map(tmpfsText),
    ...networksOf(service),
    ports: service.ports.map(portMapping),
    healthcheck:
      service.health.length === 0
        ? undefined
        : {
            test: ['CMD', ...service.health],
            interval: '30s',
            timeout: '10s',
            retries: 3,
            start_period: '5m',
          },
    depends_on: service.needs,
    // With this, the engine's name server passes no name without a dot on to the host's (moby/moby,
    // libnetwork/resolver.go).
    dns_opt: service.asksServicesOnly ? ['ndots:1'] : undefined,
    mem_limit: service.memory,
    cpus: service.cpus,
    pids_limit: service.pids,
    stop_grace_period: `${service.stopGraceSeconds}s`,
    labels: service.labels,
  };
}

function networksOf({ networks, foreignName }: Service): Settings {
  if (networks.length === 0) return { network_mode: 'none' };
  return foreignName === undefined
    ? { networks }
    : { networks: Object.fromEntries(networks.map((network) => [network, { aliases: [foreignName] }])) };
}

/**
 * docker-compose.yml: plain Compose, so that `docker compose ps` works in the directory without us.
 *
 * @param digests the values of the digest labels, by service name.
 */
export function renderCompose(stack: Stack, digests: Readonly<Record<string, string>>): string {
  const document = openTemplate('docker-compose.yml');
  setValues(document, { name: stack.project, ...networkSettings(stack.edge) });
  const services = document.get('services') as YAMLMap;
  services.flow = false;
  for (const service of stack.services) {
    const labels = { ...service.labels, [digestLabel]: String(digests[service.name]) };
    const definition = withoutEmpty(escapeDollars({ ...composeService(service), labels }));
    services.add(hardenedService(document, service, definition));
  }
  return printDocument(document);
}

function hardenedService(document: Document, { name, summary }: Service, definition: Settings): Pair {
  const key = new Scalar(name);
  key.commentBefore = ` ${summary}`;
  const value = document.createNode(definition) as YAMLMap;
  value.items.unshift(new Pair(new Scalar('<<'), new Alias('hardened')));
  return new Pair(key, value);
}

/** Compose replaces `$NAME` in values; `$$` stands for a dollar. */
function escapeDollars(settings: Settings): Settings {
  return JSON.parse(JSON.stringify(settings), (_key, value) =>
    typeof value === 'string' ? value.replaceAll('$', '$$$$') : value,
  );
}

function withoutEmpty(settings: Settings): Settings {
  const isEmpty = (value: unknown) =>
    typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => !isEmpty(value)));
}

// Long form, so that a missing source is an error: the short form makes an empty directory, owned by root.
function bindMount({ source, target, writable, optional = false }: Mount): Settings {
  return {
    type: 'bind',
    source: `./${source}`,
    target,
    ...(writable ? {} : { read_only: true }),
    bind: { create_host_path: optional },
  };
}

/** A tmpfs in Compose's short form. */
function tmpfsText(tmpfs: Tmpfs): string {
  return `${tmpfs.target}:${tmpfsOptions(tmpfs)}`;
}
