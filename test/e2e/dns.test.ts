import { afterEach, describe, expect, it } from 'vitest';
import { patienceSeconds } from '../../src/host/dns/ask.ts';
import type { DnsReport } from '../../src/host/dns/report.ts';
import { attachLab } from '../lab/attach.ts';
import type { RecordType } from '../lab/dns.ts';
import { Resolver } from '../lab/resolver.ts';
import { Deployment } from './support/deployment.ts';
import { writeConfiguration } from './support/public-server.ts';

const lab = await attachLab();
const serverName = 'alpha.test';
const apiName = 'matrix.alpha.test';
const service = `_matrix._tcp.${serverName}`;
/** Nobody's, in the network of this host: no router leads from there. */
const elsewhere = '10.88.0.250';
const host = await lab.host('alpha', { names: [serverName, apiName] });
const cache = await Resolver.rent(lab, 'cache');
const deployment = new Deployment(host, { serverName });
await host.run(['mkdir', '-p', deployment.directory]);
await writeConfiguration(deployment);
await publish();

/** The records as they should be. */
async function publish(): Promise<void> {
  for (const name of [serverName, apiName]) {
    await lab.dns.set(name, 'A', host.address);
    await lab.dns.set(name, 'AAAA', host.address6);
  }
}

const names = [serverName, apiName, service, `*.${serverName}`, `alias.${serverName}`];
afterEach(async () => {
  for (const name of names) await lab.dns.forget(name);
  await publish();
  await cache.start(lab);
});

/** Asks for the records, beside the lab's name server only the resolver that remembers. */
async function look(...flags: string[]) {
  const { exitCode, stdout, stderr } = await deployment.cli(
    'dns',
    '--json',
    '--resolver',
    cache.machine.address,
    ...flags,
  );
  const report: DnsReport & { zone: string } = JSON.parse(stdout);
  return { exitCode, stderr, ...report, codes: [...new Set(report.findings.map(({ code }) => code))] };
}

/** The records of a zone file, field by field. */
const zoneLines = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(';'))
    .map((line) => line.split(' '));

describe('dns', () => {
  it('must end with 0 where every name server gives the records of this host', async () => {
    const { exitCode, codes, records, answers } = await look();
    expect({ exitCode, codes }).toEqual({ exitCode: 0, codes: [] });
    expect(records.map(({ name, type, value, state }) => [name, type, value, state])).toEqual(
      expect.arrayContaining([
        [serverName, 'A', host.address, 'right'],
        [apiName, 'AAAA', host.address6, 'right'],
      ]),
    );
    expect(new Set(answers.map(({ role }) => role))).toEqual(new Set(['zone', 'host', 'public']));
    expect(answers.filter(({ failure }) => failure !== null)).toEqual([]);
  });

  it('must give a snippet that a name server takes, and that puts the records right', async () => {
    await lab.dns.set(apiName, 'AAAA', 'fd88::250');
    const { stdout } = await deployment.exits(8, 'dns', '--zone', '--resolver', cache.machine.address);
    for (const [name = '', , , type = '', ...value] of zoneLines(stdout)) {
      await lab.dns.set(name.slice(0, -1), type as RecordType, value.join(' '));
    }
    expect((await look()).codes).toEqual([]);
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['a name without records', 'missing', () => lab.dns.forget(apiName)],
    ['a name without AAAA', 'missing-aaaa', () => lab.dns.forget(apiName, 'AAAA')],
    ['a name that leads elsewhere', 'elsewhere', () => lab.dns.set(apiName, 'A', elsewhere)],
    ['a proxying CDN', 'proxied', () => lab.dns.set(apiName, 'A', '104.16.132.229')],
    [
      'a wildcard that answers for a name',
      'wildcard',
      async () => {
        await lab.dns.forget(apiName);
        await lab.dns.set(`*.${serverName}`, 'A', elsewhere);
      },
    ],
    [
      'an SRV target that is an alias',
      'srv-alias',
      async () => {
        await lab.dns.set(`alias.${serverName}`, 'CNAME', `${apiName}.`);
        await lab.dns.set(service, 'SRV', `10 5 443 alias.${serverName}.`);
      },
    ],
    ['another CA', 'caa', () => lab.dns.set(serverName, 'CAA', '0 issue "ca.example"')],
  ])('must end with 8 and name %s', async (_, code, fault) => {
    await fault();
    const { exitCode, codes } = await look();
    expect({ exitCode, codes }).toEqual({ exitCode: 8, codes: [code] });
  });

  it('must end with 8 where the name servers of the zone do not agree, and with 0 once they do', async () => {
    const zone = 'zones.test';
    await lab.dns.openZone(zone);
    const other = new Deployment(host, { serverName: zone, directory: '/srv/other' });
    await host.run(['mkdir', '-p', other.directory]);
    await writeConfiguration(other);
    for (const name of [zone, `matrix.${zone}`]) {
      await lab.dns.set(name, 'A', host.address);
      await lab.dns.set(name, 'AAAA', host.address6);
    }
    await lab.dns.set(`second.${zone}`, 'A', cache.machine.address);
    await lab.dns.set(zone, 'NS', 'ns.lab.', `second.${zone}.`);
    const codesOf = async (exitCode: number) => {
      const argv = ['dns', '--json', '--resolver', lab.dns.address];
      const { findings }: DnsReport = JSON.parse((await other.exits(exitCode, ...argv)).stdout);
      return findings.filter(({ verdict }) => verdict === 'failed').map(({ code }) => code);
    };
    await cache.start(lab, { [`matrix.${zone}`]: elsewhere });
    expect(await codesOf(8)).toContain('servers-disagree');
    await cache.start(lab);
    expect(await codesOf(0)).toEqual([]);
  });

  it('must take a resolver with records of its own for split DNS, which is no fault', async () => {
    await cache.start(lab, { [apiName]: elsewhere });
    const { exitCode, codes } = await look();
    expect({ exitCode, codes }).toEqual({ exitCode: 0, codes: ['split-dns'] });
  });

  it('must take an SRV record that leads to the host for right', async () => {
    await lab.dns.set(service, 'SRV', `10 5 443 ${apiName}.`);
    const { exitCode, records } = await look();
    expect(exitCode).toBe(0);
    expect(records).toContainEqual(expect.objectContaining({ name: service, type: 'SRV', state: 'right' }));
  });

  it('must watch a stale cache until it has forgotten, and show each answer', async () => {
    await lab.dns.setFor(8, apiName, 'A', elsewhere);
    await look();
    await lab.dns.set(apiName, 'A', host.address);
    const { codes, findings } = await look();
    expect(codes).toEqual(['stale-cache']);
    expect(findings[0]?.secondsLeft).toBeLessThanOrEqual(8);
    const watched = await look('--watch', '--timeout', '1');
    expect(watched.exitCode).toBe(0);
    const said = watched.stderr.split('\n').filter((line) => line.includes(cache.machine.address));
    const ofApi = said.filter((line) => line.startsWith(`${apiName} A `));
    expect(ofApi).toEqual([expect.stringContaining(elsewhere), expect.stringContaining(host.address)]);
  });

  it('must stop watching when its time is over', async () => {
    await lab.dns.forget(apiName);
    expect(await look('--watch', '--timeout', '0.05')).toMatchObject({ exitCode: 8, codes: ['missing'] });
  });

  it('must not take silence for a fault of the records, nor wait for it more than once', async () => {
    await cache.machine.cut();
    const began = performance.now();
    const { exitCode, codes } = await look();
    const seconds = (performance.now() - began) / 1000;
    await cache.machine.restore();
    expect({ exitCode, codes }).toEqual({ exitCode: 0, codes: [] });
    expect(seconds).toBeGreaterThan(patienceSeconds);
    expect(seconds).toBeLessThan(2 * patienceSeconds);
  });
});
