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
import { answerOf } from './docker.ts';
import { findTraefik } from './find-traefik.ts';
import { distributionOf } from './installation.ts';
import { confirmByAnswering, doorOf, failureOf, lookUpName } from './name-control.ts';
import { isChanging, type Occupancy } from './ports.ts';
import { findUnreached, registryOf, type UnreachedRegistries } from './registries.ts';

/** What is to run on the host. */
export interface Subject {
  /** The deployment directory, absolute; it need not exist. */
  readonly directory: string;
  readonly config: Config;
  /** PEM of the CA certificates, if the file that `config` names is not written yet. */
  readonly roots?: string | undefined;
  /** Secrets of the operator's that are still to be written. */
  readonly secrets?: GivenValues | undefined;
}

export type PreflightPorts = Pick<
  Context,
  'connectEngine' | 'openCompose' | 'surroundings' | 'clock' | 'random'
>;

/** Everything that is asked of the host and the network, each at most once, and only when a check wants it. */
export type Facts = Awaited<ReturnType<typeof gatherFacts>>;

export async function gatherFacts(subject: Subject, context: PreflightPorts) {
  const { directory, config, secrets } = subject;
  const { machine, network } = await context.surroundings();
  const stack = unlockedStack(config);
  const certificates = ownCertificates(config.traefik);
  const authority = certificates?.issuer === 'acme' ? certificates : undefined;
  const isBehindProxy = stack.edge.behind !== undefined;
  const ports = stack.services.flatMap((service) => service.ports);

  const compose = once(() => context.openCompose({ directory, project: stack.project }));
  // Compose answers from a process of its own, beside which this one loads what talks to the engine.
  const engine = once(async () => {
    await compose();
    return context.connectEngine();
  });
  /** An answer of the engine, or what stands for it where there is none: that it is missing is another check's finding. */
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

  /** Was this deployment ever applied to the end? Where that may not be seen, another check tells. */
  const installed = once(() =>
    machine.readFile(join(directory, layout.applied)).then(
      (text) => text !== undefined,
      () => false,
    ),
  );

  /** The public names that have no certificate; behind another proxy, which has those, all names before the first apply. */
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
      // Closed to all but the proxy and root: it is there, so the names were once proved.
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
    subject,
    authority,
    isBehindProxy,
    /** The file, below the deployment directory, with the CA certificates of a private CA. */
    rootsFile: stack.edge.roots,
    ports,
    machine,
    hasIpv6Network: stack.edge.hasIpv6Network === true,
    /** Do others reach it, by names? */
    isPublic: authority !== undefined || isBehindProxy,
    /** The addresses of this host, and those of them at which the deployment will answer. */
    reach() {
      const own = machine.addresses();
      return { own, served: servedAmong(own, stack.edge.address) };
    },
    uncertified,
    authorityAnswer,
    installed,
    distribution: once(async () => distributionOf((await machine.readFile('/etc/os-release')) ?? '')),
    engineAnswer: once(() => answerOf(async () => (await engine()).version())),
    composeAnswer: once(() =>
      answerOf(async () => ({ product: 'Docker Compose', version: await (await compose()).version() })),
    ),
    now: () => context.clock.now(),
    project: stack.project,

    /** Who holds the ports; a container that is being started or ended is waited for, two seconds at most. */
    async occupancy(): Promise<Occupancy> {
      for (let waits = 0; ; waits += 1) {
        const publishers = await fromEngine((answering) => answering.publishers(), undefined);
        const unknown = ports
          .flatMap(publishedNumbers)
          .filter((port) => publishers?.some((one) => one.port === port) !== true);
        const found = { listeners: await machine.listeners(unknown), publishers };
        if (waits === 10 || !isChanging(ports, found)) {
          return found;
        }
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

    /** By name, why it could not be asked for: the names that a first apply needs. */
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

    /** What is wrong with the records by which others find the server. */
    service: () => lookAtService(stack, network),

    names: once(async (): Promise<readonly NameFacts[]> => {
      const leading = (await uncertified()).filter((name) => stack.delegation.leading.includes(name));
      const found = await Promise.all(leading.map((name) => lookUpName(name, network)));
      // The door is another program's: this one cannot answer there.
      if (authority === undefined) {
        return found.map((facts) => ({ ...facts, confirmed: [] }));
      }
      const door = doorOf(authority.challenge, stack.edge);
      const token = Buffer.from(context.random(16)).toString('hex');
      return confirmByAnswering(found, { own: machine.addresses(), network, door, token });
    }),

    /** Can control of a name be proved by a record in the DNS? */
    confirmControl: (name: string, dns: DnsChallenge) =>
      confirmControl(name, dns, {
        network,
        clock: context.clock,
        readSecret: async (secret) => secrets?.[secret] ?? readGivenSecret(directory, secret),
        token: Buffer.from(context.random(16)).toString('hex'),
      }),

    async caa(name: string): Promise<CaaFacts> {
      const answers = await Promise.all(climb(name).map(async (at) => ({ at, ...(await network.caa(at)) })));
      // The nearest name that has some decides; one that cannot be asked might be the one.
      const decisive = answers.find((answer) => 'failure' in answer || answer.records.length > 0);
      return decisive ?? { at: name, records: [] };
    },
  };
}

function once<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let asked: Promise<Value> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
}
