import { talkUserPrefix, toolUserId } from '../../identifiers/user-id.ts';
import { registrationSecrets } from '../application-service.ts';
import { type Component, nothing, type Route, type Settings, type StackContext } from '../component.ts';
import { isOneName } from '../delegation.ts';
import type { Edge } from '../edge.ts';
import { foreignName } from '../foreign-name.ts';
import { withLists } from '../homeserver-settings.ts';
import { databaseServer } from '../postgres/postgres.ts';
import type { Mount, Owner, Service } from '../service.ts';
import { slowestLine } from '../slow-line.ts';
import * as byteCode from './byte-code.ts';
import { callerRecord } from './caller-record.ts';
import { answersInside, answersThrough } from './client-probe.ts';
import { downgrade } from './downgrade.ts';
import { expectations } from './expectations.ts';
import { failuresOf } from './failures.ts';
import { onForeignNetwork } from './foreign-network.ts';
import { givenBy } from './given.ts';
import { isolated, trial } from './isolation.ts';
import { followingOptions, largestBody, untakenAnswerBytes } from './limits.ts';
import { homeserver, publicPaths } from './listener.ts';
import { options, type SynapseOptions } from './options.ts';
import { policySettings, policyWarnings } from './policy.ts';
import { programs } from './programs.ts';
import { retentionLosses } from './retention-losses.ts';
import { databaseOf, dataPath, savedMedia } from './saved.ts';
import {
  connectionSecret,
  generatedSecrets,
  mountedSecret,
  secretOptions,
  signingKey,
} from './secret-files.ts';
import { oldSigningKeys } from './signing-key.ts';
import { sizes, storageProbes } from './storage.ts';
import { overrideWarnings, reachesOf } from './warnings.ts';

const owner: Owner = { uid: 991, gid: 991 };
const configuration = '/conf/homeserver.yaml';

export const synapse: Component<SynapseOptions> = {
  name: 'synapse',
  options,
  // The pepper is hashed together with every password (element-hq/synapse, synapse/handlers/auth.py).
  permanence: (path) =>
    path.join('.') === 'overrides.password_config.pepper'
      ? 'with another one, the password of every user is wrong'
      : undefined,
  warnings: (chosen, { homeserverOptions, registrations }) => [
    ...policyWarnings(chosen, registrations),
    ...overrideWarnings(chosen, homeserverOptions),
  ],
  reaches: reachesOf,
  isolate: isolated,
  describe(chosen, context) {
    const image = context.image(chosen.image);
    const trust = privateTrust(context.edge);
    const foreign = onForeignNetwork(context);
    const own = { ...homeserverSettings(chosen, context), ...(chosen.overrides as Settings) };
    const given = givenBy(withLists(own, context.homeserverOptions), configuration, context);
    const flags = [...given.configurations.flatMap((file) => ['-c', file]), '--no-secrets-in-config'];
    const environment = {
      SYNAPSE_CONFIG_PATH: configuration,
      PGSERVICEFILE: mountedSecret(connectionSecret),
      PYTHONDONTWRITEBYTECODE: '1',
      // The module that the image runs in place of Synapse's own (element-hq/synapse, docker/README.md).
      SYNAPSE_WORKER: 'patient_synapse',
      PYTHONPATH: '/conf',
      // The accounts that synapse_adjustments.py keeps out of `auto_join_rooms`: one name, and one prefix.
      TOOL_USER_ID: toolUserId(context.serverName),
      TALK_USER_PREFIX: talkUserPrefix,
      // The speed by which synapse_adjustments.py limits the time for fetching files of other homeservers.
      SLOWEST_LINE: String(slowestLine),
      // The bound of untaken_answers.py.
      UNTAKEN_ANSWER_BYTES: String(untakenAnswerBytes(chosen)),
      // The address that synapse_adjustments.py writes into the document for other homeservers, not the server name.
      ...(context.delegation.isElsewhere ? { FEDERATION_ADDRESS: context.delegation.federationAddress } : {}),
      // Uploads are spooled here: on the disk, so that their size is not bounded by a tmpfs.
      TMPDIR: '/data/tmp',
      ...trust.environment,
      ...foreign.environment,
    };
    const readOnly: readonly Mount[] = [
      { source: 'synapse', target: '/conf' },
      ...[connectionSecret, ...Object.values(secretOptions)].map((name) => ({
        source: `secrets/${name}`,
        target: mountedSecret(name),
      })),
      ...trust.mounts,
      ...given.mounts,
      byteCode.mount,
    ];
    const mounts: readonly Mount[] = [{ source: dataPath, target: '/data', writable: true }, ...readOnly];
    const failures = failuresOf(mounts);
    return {
      ...nothing,
      services: [
        {
          name: homeserver.service,
          summary: 'The homeserver.',
          image,
          user: owner,
          // The entry point of the image, started by our launcher.
          entrypoint: byteCode.program('/start.py'),
          command: ['run', ...flags],
          environment,
          mounts,
          tmpfs: [{ target: '/tmp', sizeMegabytes: 64, mode: 0o1777 }],
          networks: ['data', homeserver.network, ...foreign.networks],
          foreignName: foreignName(homeserver.service, context),
          ports: [],
          health: ['curl', '-fsS', '-o', '/dev/null', `http://127.0.0.1:${homeserver.port}/health`],
          memory: chosen.memory,
          cpus: chosen.cpus ?? undefined,
          pids: 300,
          stopGraceSeconds: 30,
          whenDown: 'nobody can log in, send or read messages; other homeservers try again later',
          needs: [databaseServer.service],
          gate: { network: foreign.networks[0] ?? homeserver.network, probes: [answersInside] },
          failures,
          succeeds: (before) => downgrade(chosen.image, before),
        },
      ],
      routes: publicRoutes(context, largestBody(chosen)),
      files: [
        {
          path: 'synapse/homeserver.yaml',
          template: 'synapse/homeserver.yaml',
          values: (parts) => parts.homeserver,
          losses: retentionLosses,
        },
        {
          path: 'synapse/log.config.yaml',
          template: 'synapse/log.config.yaml',
          values: () => ({ root: { level: chosen.log_level } }),
        },
        ...programs,
        byteCode.file,
      ],
      secrets: [
        ...generatedSecrets,
        ...given.secrets,
        ...context.registrations.flatMap((one) => registrationSecrets(one, context.serverName)),
      ],
      bundles: given.bundles,
      databases: [databaseOf(image, owner)],
      homeserver: {
        ...given.settings,
        ...oldSigningKeys(context.predecessors(signingKey), given.settings),
      },
      data: [
        {
          path: dataPath,
          // The directory may be on a disk of its own.
          witnessed: 'media_store',
          owner,
          mode: 0o700,
          directories: ['media_store', 'tmp'],
          restrictedFiles: [],
          saved: savedMedia(chosen),
        },
      ],
      caches: [byteCode.cache(image, owner)],
      checks: [
        {
          service: homeserver.service,
          job: {
            image,
            user: owner,
            entrypoint: byteCode.program('python3', '-m', 'synapse.config', ...flags),
            environment: { ...environment, TMPDIR: '/tmp' },
            mounts: readOnly,
            tmpfs: [
              { target: '/tmp', sizeMegabytes: 64, mode: 0o1777 },
              { target: '/data', sizeMegabytes: 16, mode: 0o700, owner },
            ],
          },
          failures,
        },
      ],
      expectations: expectations(context, largestBody(chosen)),
      callerRecords: [callerRecord(chosen, context)],
      probes: [
        context.edge.behind?.kind === 'traefik' ? answersInside : answersThrough(context),
        ...storageProbes,
      ],
      trials: [trial],
      sizes,
    };
  },
};

function homeserverSettings(chosen: SynapseOptions, context: StackContext): Settings {
  const { serverName, edge, delegation } = context;
  return {
    server_name: serverName,
    public_baseurl: `${delegation.clientUrl}/`,
    // Synapse's own document names <server_name>:443, whatever port is published. For a site elsewhere, we adjust it.
    serve_server_wellknown:
      delegation.ledBy === 'document' && (edge.httpsPort === 443 || delegation.isElsewhere),
    max_upload_size: chosen.max_upload_size,
    ...followingOptions(chosen),
    presence: { enabled: chosen.presence },
    enable_registration: chosen.registration === 'token',
    ...policySettings(chosen, serverName),
    database: { args: { service: 'synapse', host: onForeignNetwork(context).databaseHost } },
    ...Object.fromEntries(
      Object.entries(secretOptions).map(([option, name]) => [option, mountedSecret(name)]),
    ),
  };
}

function publicRoutes({ serverName, host, delegation }: StackContext, largestBodyBytes: number): Route[] {
  const client = {
    name: 'synapse',
    hosts: [host],
    pathPrefixes: publicPaths,
    service: homeserver.service,
    port: homeserver.port,
    largestBodyBytes,
  };
  // Synapse's document for other homeservers leads to the server name: the paths of federation are served there too.
  const apex = {
    name: 'synapse-server-name',
    hosts: [serverName],
    pathPrefixes: ['/_matrix/federation', '/_matrix/key', '/.well-known/matrix'],
    service: homeserver.service,
    port: homeserver.port,
    largestBodyBytes,
  };
  return delegation.names.includes(serverName) && !isOneName({ server_name: serverName, host })
    ? [client, apex]
    : [client];
}

/** Lets Synapse trust a private CA when it connects to other servers: for federation, and for previews of links. */
function privateTrust({ roots }: Edge): Pick<Service, 'environment' | 'mounts'> {
  if (roots === undefined) return { environment: {}, mounts: [] };
  const target = mountedSecret('roots.pem');
  return {
    // The directory has the public CA certificates. pyOpenSSL looks there by default only if neither variable is set.
    environment: { SSL_CERT_FILE: target, SSL_CERT_DIR: '/etc/ssl/certs' },
    mounts: [{ source: roots, target }],
  };
}
