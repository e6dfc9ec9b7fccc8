import { join } from 'node:path';
import { publishedNumbers } from '../components/service.ts';
import { certificateStore, certifiedNames } from '../components/traefik/acme-store.ts';
import type { DnsChallenge } from '../components/traefik/dns-challenge.ts';
import type { ExistingTraefik } from '../components/traefik/existing-traefik.ts';
import { ownCertificates } from '../components/traefik/options.ts';
import type { Config } from '../config/schema.ts';
import type { Context } from '../context.ts';
import { type Engine, usualDataRoot } from '../docker/engine.ts';
import { isIpv6Only, servedAmong } from '../host/address-ranges.ts';
import { type CaaFacts, climb } from '../host/dns/judge-caa.ts';
import type { NameFacts } from '../host/dns/judge-names.ts';
import { lookAtService } from '../host/dns/look-at-service.ts';
import type { Failure, WebAnswer } from '../host/network.ts';
import { layout } from '../layout.ts';
import { unlockedStack } from '../stack/stack.ts';
import { otherDeployments } from '../state/directory.ts';
import { type GivenValues, readGivenSecret } from '../state/given-secrets.ts';
import { type DiskNeed, diskNeeds } from './capacity.ts';
import { confirmControl } from './dns-control.ts';
import { dockerFacts, once } from './docker-facts.ts';
import { findTraefik } from './find-traefik.ts';
import { confirmByAnswering, doorOf, failureOf, lookUpName } from './name-control.ts';
import { type Occupancy, secondsToWait } from './ports.ts';
import { findUnreached, registryOf, type UnreachedRegistries } from './registries.ts';

/** The deployment that is to run on the host. */
export interface Subject {
  /** The deployment directory, absolute; it need not exist. */
  readonly directory: string;
  readonly config: Config;
  /** PEM of the CA certificates, if the file that `config` names is not written yet. */
  readonly roots?: string | undefined;
  /** The operator's secrets that are not written yet. */
  readonly secrets?: GivenValues | undefined;
}

export type PreflightPorts = Pick<
  Context,
  'connectEngine' | 'openCompose' | 'surroundings' | 'clock' | 'random'
>;

/** What the checks ask of the host and the network: only when a check needs it, and once where several do. */
export type Facts = Awaited<ReturnType<typeof gatherFacts>>;

export async function gatherFacts(subject: Subject, context: PreflightPorts) {
  const { directory, config, secrets } = subject;
  const { machine, network } = await context.surroundings();
  const stack = unlockedStack(config);
  const certificates = ownCertificates(config.traefik);
  const authority = certificates?.issuer === 'acme' ? certificates : undefined;
  const isBehindProxy = stack.edge.behind !== undefined;
  const ports = stack.services.flatMap((service) => service.ports);

  const docker = await dockerFacts({ directory, project: stack.project }, context);
  const { engine } = docker;
  /** An answer of the engine, or `otherwise` if it gives none: the check `engine` reports why. */
  const fromEngine = async <Value>(ask: (engine: Engine) => Promise<Value>, otherwise: Value) =>
    engine()
      .then(ask)
      .catch(() => otherwise);

  const missingImages = once(async () => {
    const digests = await fromEngine(
      (answering) => Promise.all(stack.images.map((image) => answering.imageDigest(image))),
      stack.images.map(() => undefined),
    );
    return stack.images.filter((_, index) => digests[index] === undefined);
  });

  /** Whether this deployment was ever applied to the end. False if it may not be read: another check reports that. */
  const installed = once(() =>
    machine.readFile(join(directory, layout.applied)).then(
      (text) => text !== undefined,
      () => false,
    ),
  );

  /**
   * The public names that have no certificate. Another proxy has its own certificates: behind one, all names before
   * the first apply, and none after it.
   */
  const uncertified = once(async () => {
    if (isBehindProxy) {
      return (await installed()) ? [] : stack.delegation.leading;
    }
    if (authority === undefined) {
      return [];
    }
    const names = stack.delegation.names;
    try {
      const certified = certifiedNames((await machine.readFile(join(directory, certificateStore))) ?? '');
      return names.filter((name) => !certified.has(name));
    } catch {
      // Only the proxy and root may read the file. It exists, so the CA has verified the names before.
      return [];
    }
  });

  const authorityAnswer = once(async (): Promise<WebAnswer | Failure> => {
    if (authority === undefined) {
      return { failure: 'ENOENT' };
    }
    const roots =
      authority.roots === undefined
        ? undefined
        : (subject.roots ?? (await machine.readFile(join(directory, authority.roots))));
    return network.get(authority.directory, roots);
  });

  return {
    ...docker,
    subject,
    authority,
    isBehindProxy,
    /** The file, below the deployment directory, with the CA certificates of a private CA. */
    rootsFile: stack.edge.roots,
    ports,
    hasIpv6Network: stack.edge.hasIpv6Network === true,
    /** Whether other hosts reach the server by its public names. */
    isPublic: authority !== undefined || isBehindProxy,
    /** The addresses of this host, and those of them at which the deployment will answer. */
    reach() {
      const own = machine.addresses();
      return { own, served: servedAmong(own, stack.edge.address) };
    },
    uncertified,
    authorityAnswer,
    installed,
    now: () => context.clock.now(),
    project: stack.project,

    /** The programs and containers that hold the ports. Waits for a container that starts or stops. */
    async occupancy(): Promise<Occupancy> {
      const begun = context.clock.now().getTime();
      for (;;) {
        const publishers = await fromEngine((answering) => answering.publishers(), undefined);
        const unknown = ports
          .flatMap(publishedNumbers)
          .filter((port) => publishers?.some((one) => one.port === port) !== true);
        const found = { listeners: await machine.listeners(unknown), publishers };
        const waited = (context.clock.now().getTime() - begun) / 1000;
        if (waited >= secondsToWait(ports, found)) return found;
        await context.clock.sleep(200);
      }
    },

    /** The existing Traefik that is to serve the homeserver. */
    existingTraefik: async (): Promise<ExistingTraefik | 'unknown' | undefined> =>
      fromEngine<ExistingTraefik | 'unknown' | undefined>(
        (answering) => findTraefik(answering, stack.project),
        'unknown',
      ),

    async otherDirectories(): Promise<readonly string[]> {
      const containers = await fromEngine((answering) => answering.containers(stack.project), []);
      return otherDeployments(directory, containers);
    },

    async diskNeeds(): Promise<readonly DiskNeed[]> {
      const dataRoot = await fromEngine((answering) => answering.dataRoot(), usualDataRoot);
      const bytes = diskNeeds((await missingImages()).length);
      const need = async (what: string, path: string, wanted: number) => ({
        what,
        path,
        bytes: wanted,
        space: await machine.space(path),
      });
      return Promise.all([
        need('the deployment', directory, bytes.deployment),
        need("Docker's images", dataRoot, bytes.images),
      ]);
    },

    /** By hostname that a first apply needs, the error code of its lookup; `undefined` if it has succeeded. */
    async resolution(): Promise<Record<string, string | undefined>> {
      const hosts = [
        ...(authority === undefined ? [] : [new URL(authority.directory).hostname]),
        ...(await missingImages()).map(registryOf),
      ];
      const failures = await Promise.all(
        [...new Set(hosts)].map(
          async (host) => [host, failureOf(await network.addresses(host, 'A'))] as const,
        ),
      );
      return Object.fromEntries(failures);
    },

    async unreachedRegistries(): Promise<UnreachedRegistries | undefined> {
      if (!isIpv6Only(machine.addresses())) return undefined;
      const pullsIndirectly = () => fromEngine((answering) => answering.pullsIndirectly(), false);
      return findUnreached(await missingImages(), { network, pullsIndirectly });
    },

    /** What is wrong with the SRV records by which other homeservers find the server. */
    service: () => lookAtService(stack, network),

    names: once(async (): Promise<readonly NameFacts[]> => {
      const leading = (await uncertified()).filter((name) => stack.delegation.leading.includes(name));
      const found = await Promise.all(leading.map((name) => lookUpName(name, network)));
      // Another proxy holds the ports: this program cannot answer there.
      if (authority === undefined) {
        return found.map((facts) => ({ ...facts, confirmed: [] }));
      }
      const door = doorOf(authority.challenge, stack.edge);
      const token = Buffer.from(context.random(16)).toString('hex');
      return confirmByAnswering(found, { own: machine.addresses(), network, door, token });
    }),

    /** Judges whether control of a name can be proved by a record in the DNS. */
    confirmControl: (name: string, dns: DnsChallenge) =>
      confirmControl(name, dns, {
        network,
        clock: context.clock,
        readSecret: async (secret) => secrets?.[secret] ?? readGivenSecret(directory, secret),
        token: Buffer.from(context.random(16)).toString('hex'),
      }),

    async caa(name: string): Promise<CaaFacts> {
      const answers = await Promise.all(climb(name).map(async (at) => ({ at, ...(await network.caa(at)) })));
      // The nearest name with CAA records decides. A name without an answer may have some.
      const decisive = answers.find((answer) => 'failure' in answer || answer.records.length > 0);
      return decisive ?? { at: name, records: [] };
    },
  };
}
