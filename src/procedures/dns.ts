import { isPrivateToHost } from '../apply/locate-names.ts';
import type { Config } from '../config/schema.ts';
import type { Context } from '../context.ts';
import { isIpv6Only } from '../host/address-ranges.ts';
import { interrupted } from '../host/bounds.ts';
import { type DnsQuestion, type Hearing, ownValues, type SeenRecords } from '../host/dns/answers.ts';
import { addressRows, judgeAddresses, judgeHostsFile, type NameSeen } from '../host/dns/judge-addresses.ts';
import { judgeAgreement, judgeServers } from '../host/dns/judge-agreement.ts';
import { identitiesOf } from '../host/dns/judge-caa.ts';
import {
  certificationRow,
  judgeCertification,
  judgeMissingService,
  judgeService,
  publishedService,
  serviceOf,
  serviceRows,
} from '../host/dns/judge-service.ts';
import { type DnsAsking, findAliases, observe } from '../host/dns/observe.ts';
import type { AnswerRow, DnsReport } from '../host/dns/report.ts';
import { readHosts } from '../host/hosts-file.ts';
import { announcedIdentities } from '../preflight/authority.ts';
import { type Facts, gatherFacts, type PreflightPorts } from '../preflight/facts.ts';
import { serviceNames } from '../stack/delegation-records.ts';
import { unlockedStack } from '../stack/stack.ts';

interface Subject {
  readonly directory: string;
  readonly config: Config;
  /** Addresses of public resolvers; well-known ones when absent. */
  readonly resolvers: readonly string[] | undefined;
}

/** Well-known public resolvers, by IPv4 and by IPv6: Cloudflare's, Google's, Quad9's. */
const publicResolvers = {
  ipv4: ['1.1.1.1', '8.8.8.8', '9.9.9.9'],
  ipv6: ['2606:4700:4700::1111', '2001:4860:4860::8888', '2620:fe::fe'],
} as const;

/**
 * Prepares to compare the records of a deployment with what name servers answer.
 *
 * @returns a function that looks again each time; it throws CancelledError when it is interrupted
 */
export async function openDns(
  { directory, config, resolvers }: Subject,
  context: PreflightPorts & Pick<Context, 'interrupt'>,
): Promise<() => Promise<DnsReport>> {
  const facts = await gatherFacts({ directory, config }, context);
  const { network, machine } = await context.surroundings();
  const stack = unlockedStack(config);
  if (isPrivateToHost(stack.edge)) {
    return async () => ({ serverName: config.server_name, records: [], answers: [], findings: [] });
  }
  const hasIpv6Only = isIpv6Only(machine.addresses());
  const asking: DnsAsking = {
    network,
    publicResolvers: resolvers ?? publicResolvers[hasIpv6Only ? 'ipv6' : 'ipv4'],
    token: `matrix-deploy-${Buffer.from(context.random(6)).toString('hex')}`,
    isIpv6Only: hasIpv6Only,
  };
  const service = serviceOf(stack);
  const { names, leading } = stack.delegation;
  const services = serviceNames(config.server_name);
  const addressQuestions = leading.flatMap((name): DnsQuestion[] => [
    { name, type: 'A' },
    { name, type: 'AAAA' },
  ]);
  const serviceQuestions = services.map((name): DnsQuestion => ({ name, type: 'SRV' }));
  return async () => {
    const [all, caa, hosts] = await Promise.all([
      observe([...addressQuestions, ...serviceQuestions], asking),
      lookAtCaa(names, facts),
      readHosts(),
    ]);
    const published = all.filter(({ question }) => question.type === 'SRV').map(publishedService);
    const targets = published.flatMap(({ records }) => records.map(({ target }) => target));
    const aliases = await findAliases([...new Set(targets)], asking);
    if (context.interrupt.aborted) {
      throw interrupted();
    }
    const seenNames = leading.map((name) => nameSeen(name, all));
    const reach = { ...facts.reach(), challenge: facts.authority?.challenge ?? 'http' };
    const local = (name: string) =>
      hosts.flatMap(({ address, names: all }) => (all.includes(name) ? [address] : []));
    return {
      serverName: config.server_name,
      records: [
        ...seenNames.flatMap((seen) => addressRows(seen, reach)),
        ...serviceRows(published, service, aliases),
        ...caa.flatMap(({ name, certification, found }) => certificationRow(name, certification, found)),
      ],
      answers: all.flatMap((seen) => seen.hearings.map((hearing) => answerRow(seen, hearing))),
      findings: [
        ...seenNames.flatMap((seen) => judgeAddresses(seen, reach)),
        ...all.flatMap(judgeAgreement),
        ...seenNames.flatMap((seen) => judgeHostsFile(seen, local(seen.name))),
        ...published.flatMap((each) => judgeService(each, service, aliases)),
        ...judgeMissingService(published, service),
        ...caa.flatMap(({ name, certification, found }) => judgeCertification(name, certification, found)),
        ...judgeServers(all),
      ],
    };
  };
}

function nameSeen(name: string, all: readonly SeenRecords[]): NameSeen {
  const of = (type: 'A' | 'AAAA') => {
    const seen = all.find(({ question }) => question.name === name && question.type === type);
    return seen ?? { question: { name, type }, zone: undefined, hearings: [], wildcard: [] };
  };
  return { name, A: of('A'), AAAA: of('AAAA') };
}

/** The CAs that may issue for each name; no lookup is made if this server's CA is its own. */
async function lookAtCaa(names: readonly string[], facts: Facts) {
  const { authority } = facts;
  if (authority === undefined) {
    return [];
  }
  const { challenge, directory } = authority;
  const identities = identitiesOf(directory, announcedIdentities(await facts.authorityAnswer()));
  // A CAA record of a name also applies to all names below it.
  const highest = names.filter((name) => !names.some((other) => name.endsWith(`.${other}`)));
  const asked = names.map(async (name) => ({
    name,
    found: await facts.caa(name),
    certification: { challenge, identities },
  }));
  return (await Promise.all(asked)).filter(
    ({ name, found }) => highest.includes(name) || ('records' in found && found.at === name),
  );
}

function answerRow({ question }: SeenRecords, hearing: Hearing): AnswerRow {
  const { told, address, role, name: nameServer = null } = hearing;
  const row = { ...question, address, role, nameServer };
  return 'failure' in told
    ? { ...row, values: [], authoritative: false, secondsLeft: null, failure: told.failure }
    : {
        ...row,
        values: ownValues(question, told),
        authoritative: told.authoritative,
        secondsLeft: told.secondsLeft ?? null,
        failure: null,
      };
}
