import {
  type ExistingTraefik,
  encodedCharacter,
  publicEntryPoint,
} from '../components/traefik/existing-traefik.ts';
import type { ExistingTraefikOptions } from '../components/traefik/route-labels.ts';
import type { Config } from '../config/schema.ts';
import { failed, type Judgement, passed, unverified, warning } from '../host/judgement.ts';
import { isDenied } from '../releases/lookup.ts';
import { builtIn } from '../releases/releases.ts';

/** The first version that takes a label for the address of a service (`loadbalancer.server.url`; its binaries say so). */
const oldest = [3, 4] as const;

/** Least seconds for writing an answer: clients wait half a minute for new events, and longer for files. */
const shortestWrite = 120;

/** Least seconds for reading a request: with less, Traefik cuts off uploads over a slow line. */
const shortestRead = 600;

/**
 * Judges the existing Traefik, if matrix.yaml says that the server is reached through one. Otherwise does not look
 * for it: `find` runs a program in the container that publishes port 443.
 *
 * @param find returns `undefined` if there is no Traefik, `unknown` if the engine does not answer
 */
export async function judgeExistingTraefik(
  { traefik: { edge } }: Pick<Config, 'traefik'>,
  find: () => Promise<ExistingTraefik | 'unknown' | undefined>,
): Promise<Judgement[]> {
  if (edge.kind !== 'traefik') return [];
  const found = await find();
  if (found === 'unknown') return [];
  const judged = judgeTraefik(found, edge, (version) => isDenied(builtIn, 'traefik', version)?.reason);
  return judged.length > 0 || found === undefined
    ? judged
    : [passed(`${found.container} runs Traefik ${found.version ?? ''}, and is set up to serve this server`)];
}

/**
 * Judges what keeps an existing Traefik from serving the homeserver well.
 *
 * @param unfit returns why a version must not run; `undefined` if it may
 * @returns no judgement if nothing is wrong
 */
export function judgeTraefik(
  found: ExistingTraefik | undefined,
  wanted: ExistingTraefikOptions,
  unfit: (version: string) => string | undefined,
): Judgement[] {
  if (found === undefined) {
    return [
      failed(
        'no container publishes port 443: the Traefik that is to serve this server does not run',
        'Start it. A Traefik that is no container, or has the network of the host, passes requests on by `traefik.edge.kind: host-proxy`.',
      ),
    ];
  }
  const { container } = found;
  if (!found.networks.includes(wanted.network)) {
    return [
      failed(
        `${container}, which publishes port 443, is not on the network ${wanted.network}`,
        `Set traefik.edge.network to one that it is on: ${found.networks.join(', ')}. Or let it join that one.`,
      ),
    ];
  }
  if (found.withOtherGateway.includes(wanted.network)) {
    return [
      failed(
        `on the network ${wanted.network}, this host is not the gateway at the first address of the subnet, by which the homeserver tells it from containers: every user of this host could pass for the proxy`,
        'Create that network again without a gateway, an address range or DefaultGatewayIPv4 of your own choice, or set traefik.edge.network to another one.',
      ),
    ];
  }
  return [
    ...judgeVersion(found, unfit),
    ...(found.unread === undefined
      ? [...judgeProvider(found, wanted), ...judgeEntry(found, wanted), ...judgeResolver(found, wanted)]
      : [
          unverified(
            `${found.unread} of ${container} is neither valid YAML nor valid TOML, and was not read`,
            'See that it has the entry point and the resolver of traefik.edge, and what docs/existing-proxy.md says of timeouts.',
          ),
        ]),
  ];
}

function judgeVersion(
  { container, version }: ExistingTraefik,
  unfit: (version: string) => string | undefined,
): Judgement[] {
  if (version === undefined) {
    return [unverified(`${container} does not tell its version of Traefik`)];
  }
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
  const reason = isOld ? `${oldest.join('.')} is the first that takes our labels` : unfit(version);
  return reason === undefined
    ? []
    : [failed(`${container} runs Traefik ${version}: ${reason}`, 'Update it to the newest 3.7.')];
}

function judgeProvider(
  { container, readsLabels, constraints }: ExistingTraefik,
  wanted: ExistingTraefikOptions,
): Judgement[] {
  if (!readsLabels) {
    return [
      failed(
        `${container} does not read the labels of containers`,
        'Switch its Docker provider on: `--providers.docker=true`, and let it reach the engine.',
      ),
    ];
  }
  return constraints === undefined || Object.keys(wanted.labels).length > 0
    ? []
    : [
        warning(
          `${container} takes only containers with certain labels: ${constraints}`,
          'Name these in traefik.edge.labels.',
        ),
      ];
}

function judgeEntry(found: ExistingTraefik, wanted: ExistingTraefikOptions): Judgement[] {
  const { container, entryPoints } = found;
  const entry = entryPoints.find(({ name }) => name === wanted.entry_point.toLowerCase());
  if (entry === undefined) {
    const known = entryPoints.map(({ name }) => name).join(', ') || 'none';
    const likely = publicEntryPoint(found)?.name ?? known;
    return [
      failed(
        `${container} has no entry point ${wanted.entry_point}, but: ${known}`,
        `Set traefik.edge.entry_point to ${likely}.`,
      ),
    ];
  }
  const { name, refuses, readSeconds, writeSeconds } = entry;
  const option = (path: string, value: string) => `\`--entrypoints.${name}.${path}=${value}\``;
  return [
    ...(refuses.length === 0
      ? []
      : [
          failed(
            `the entry point ${name} of ${container} refuses paths with ${refuses.map(encodedCharacter).join(', ')}, which names of rooms and keys have`,
            `Allow them: ${refuses.map((each) => option(`http.encodedcharacters.allowencoded${each}`, 'true')).join(' ')}.`,
          ),
        ]),
    ...(readSeconds === 0 || readSeconds >= shortestRead
      ? []
      : [
          warning(
            `${container} cuts off uploads that take longer than ${readSeconds} seconds`,
            `Give them an hour: ${option('transport.respondingtimeouts.readtimeout', '3600s')}.`,
          ),
        ]),
    ...(writeSeconds === 0 || writeSeconds >= shortestWrite
      ? []
      : [
          failed(
            `${container} cuts off answers after ${writeSeconds} seconds, for which clients wait longer`,
            `Set no limit: ${option('transport.respondingtimeouts.writetimeout', '0')}.`,
          ),
        ]),
  ];
}

function judgeResolver(
  { container, resolvers, entryPoints }: ExistingTraefik,
  { certificate_resolver: wanted, entry_point }: ExistingTraefikOptions,
): Judgement[] {
  if (wanted !== null) {
    return resolvers.includes(wanted.toLowerCase())
      ? []
      : [
          failed(
            `${container} has no certificate resolver ${wanted}, but: ${resolvers.join(', ') || 'none'}`,
            'Set traefik.edge.certificate_resolver to one that it has, or to null.',
          ),
        ];
  }
  const entry = entryPoints.find(({ name }) => name === entry_point.toLowerCase());
  return resolvers.length === 0 || entry?.resolver !== undefined
    ? []
    : [
        warning(
          `nothing tells ${container} to get certificates for this server`,
          `Unless it has them in files, set traefik.edge.certificate_resolver to ${resolvers.join(' or ')}.`,
        ),
      ];
}
