import { portName } from '../components/service.ts';
import { isIpv6Only } from '../host/address-ranges.ts';
import { identitiesOf, judgeCaa } from '../host/dns/judge-caa.ts';
import { judgeDns, judgeProxy, judgeResolution, offeringElsewhere } from '../host/dns/judge-names.ts';
import { dockerUnit, judgeBoot } from '../host/health/boot.ts';
import { type Judgement, warning } from '../host/judgement.ts';
import { released } from '../releases/released.ts';
import { announcedIdentities, clockSkew, judgeAuthority, judgeClock, judgeOldClock } from './authority.ts';
import { judgeArchitecture, judgeDisk, judgeMemory } from './capacity.ts';
import { judgeDeployment, judgeFirewall, judgeWritable } from './directory.ts';
import { judgeCompose, judgeEngine, judgeIpv6Network } from './docker.ts';
import type { DockerFacts } from './docker-facts.ts';
import { judgeExistingTraefik } from './existing-traefik.ts';
import type { Facts } from './facts.ts';
import type { CheckName, Finding } from './finding.ts';
import { judgePorts } from './ports.ts';
import { judgeRegistries } from './registries.ts';

export interface HostCheck<Known> {
  /** When the check is due: before every change, before the first one, or before a certificate is ordered. */
  readonly when: 'always' | 'first' | 'order';
  /** Why the check matters. */
  readonly reason: string;
  judge(facts: Known): Promise<NamedJudgement[]>;
}

/** A judgement, with the public name that it is about. */
type NamedJudgement = Judgement & Pick<Finding, 'name'>;

/** The checks of Docker itself, which need no configuration. */
export const dockerChecks: Readonly<Record<'engine' | 'compose', HostCheck<DockerFacts>>> = {
  engine: {
    when: 'always',
    reason: 'Every part of the server runs in a container.',
    async judge({ engineAnswer, machine, distribution }) {
      const installed = await machine.hasProgram('dockerd');
      return [judgeEngine(await engineAnswer(), { installed, distribution: await distribution() })];
    },
  },
  compose: {
    when: 'always',
    reason: 'Compose creates the containers from docker-compose.yml.',
    judge: async ({ composeAnswer, distribution }) => [
      judgeCompose(await composeAnswer(), await distribution()),
    ],
  },
};

/** The checks before a deployment is changed: when each is due, why it matters, and how it judges the facts. */
export const checks: Readonly<Record<CheckName, HostCheck<Facts>>> = {
  ...dockerChecks,
  ipv6: {
    when: 'always',
    reason:
      'By IPv6 of their network, clients are seen by their own addresses, and the containers reach others.',
    async judge({ hasIpv6Network: isSet, isPublic, engineAnswer, reach }) {
      const { own } = reach();
      return isSet || (isPublic && isIpv6Only(own))
        ? [judgeIpv6Network(await engineAnswer(), { isSet, own })]
        : [];
    },
  },
  boot: {
    when: 'first',
    reason: 'The server starts again together with Docker.',
    judge: async ({ machine }) => [judgeBoot(await machine.unitFileState(dockerUnit))],
  },
  architecture: {
    when: 'first',
    reason: 'The images exist for 64-bit Intel, AMD and ARM processors only.',
    judge: async ({ machine }) => [judgeArchitecture(machine.architecture())],
  },
  memory: {
    when: 'first',
    reason: 'Where memory runs out, the kernel kills the homeserver or its database.',
    judge: async ({ machine }) => [judgeMemory(await machine.memoryBytes())],
  },
  disk: {
    when: 'first',
    reason: 'A disk that fills up stops the database.',
    judge: async (facts) => judgeDisk(await facts.diskNeeds()),
  },
  writable: {
    when: 'first',
    reason: 'Settings, secrets and data are kept in the deployment directory.',
    async judge({ machine, subject: { directory } }) {
      return [judgeWritable(directory, await machine.obstacle(directory))];
    },
  },
  deployment: {
    when: 'first',
    reason: 'What is there already must not be mixed up with a new server, nor be taken over by it.',
    async judge(facts) {
      const { directory, config } = facts.subject;
      const roots = facts.rootsFile;
      return [
        judgeDeployment({
          directory,
          entries: await facts.machine.entries(directory),
          named: roots === undefined ? [] : [roots],
          others: await facts.otherDirectories(),
          serverName: config.server_name,
        }),
      ];
    },
  },
  ports: {
    when: 'always',
    reason: 'Clients and other homeservers reach the server by these ports.',
    async judge({ ports, occupancy, project, subject: { directory } }) {
      return judgePorts(ports, await occupancy(), { directory, project });
    },
  },
  traefik: {
    when: 'always',
    reason: 'Clients and other homeservers reach the server through the Traefik that runs here already.',
    judge: ({ existingTraefik, subject: { config } }) => judgeExistingTraefik(config, existingTraefik),
  },
  firewall: {
    when: 'first',
    reason: 'Docker opens the ports that it publishes ahead of the rules of ufw.',
    judge: async ({ machine, ports }) => [
      judgeFirewall(await machine.readFile('/etc/ufw/ufw.conf'), ports.map(portName)),
    ],
  },
  resolution: {
    when: 'first',
    reason: 'Images, certificates and other homeservers are found by name.',
    judge: async (facts) => [judgeResolution(await facts.resolution())],
  },
  registries: {
    when: 'always',
    reason: 'Images that are not on this host are pulled from there.',
    judge: async (facts) => judgeRegistries(await facts.unreachedRegistries()),
  },
  clock: {
    when: 'always',
    reason:
      'With a wrong clock, good certificates look expired, and messages come from the past or the future.',
    async judge({ uncertified, authority, authorityAnswer, now }) {
      if (now() < released) return [judgeOldClock(now())];
      // The CA is asked only if a certificate is ordered.
      return authority === undefined || (await uncertified()).length === 0
        ? []
        : [judgeClock(clockSkew(await authorityAnswer(), now()))];
    },
  },
  authority: {
    when: 'order',
    reason: 'Without certificates neither clients nor other homeservers talk to the server.',
    judge: async ({ authority, authorityAnswer, now }) =>
      authority === undefined
        ? []
        : [
            judgeAuthority(
              { url: authority.directory, answer: await authorityAnswer() },
              clockSkew(await authorityAnswer(), now()),
            ),
          ],
  },
  challenge: {
    when: 'order',
    reason: 'The CA looks for a DNS record before it issues a certificate.',
    async judge({ authority, uncertified, confirmControl }) {
      const { dns } = authority ?? {};
      if (dns === undefined) return [];
      return Promise.all(
        (await uncertified()).map(async (name) => ({ ...(await confirmControl(name, dns)), name })),
      );
    },
  },
  dns: {
    when: 'order',
    reason:
      'The CA connects to the hostname before it issues a certificate, and so do clients and other homeservers.',
    async judge({ authority, names, reach, subject: { config } }) {
      return (await names()).map((facts) => {
        const judgement = offeringElsewhere(judgeDns(facts, reach()), facts, config);
        // For a DNS challenge, the CA does not connect: the certificate can exist before this record does.
        const isOpen = authority?.dns !== undefined && judgement.verdict === 'failed';
        return { ...(isOpen ? warning(judgement.finding, judgement.remedy) : judgement), name: facts.name };
      });
    },
  },
  srv: {
    when: 'order',
    reason: 'Other homeservers find this one by SRV records of the server name.',
    async judge({ service }) {
      // No certificate depends on an SRV record, so a missing one can be set later: it is only a warning.
      return (await service()).map(({ code, ...seen }) =>
        code === 'srv-missing' ? { ...seen, verdict: 'warning' } : seen,
      );
    },
  },
  cdn: {
    when: 'order',
    reason: 'A proxy in between changes who can ask this server, and for what.',
    judge: async ({ names, authority }) =>
      (await names()).map((facts) => ({ ...judgeProxy(facts, authority?.challenge), name: facts.name })),
  },
  caa: {
    when: 'order',
    reason: 'A CA refuses a hostname if its CAA records do not allow that CA.',
    async judge({ authority, authorityAnswer, uncertified, caa }) {
      if (authority === undefined) {
        return [];
      }
      const { challenge, directory } = authority;
      const identities = identitiesOf(directory, announcedIdentities(await authorityAnswer()));
      return Promise.all(
        (await uncertified()).map(async (name) => ({
          ...judgeCaa({ name, authority: identities, challenge }, await caa(name)),
          name,
        })),
      );
    },
  },
};
