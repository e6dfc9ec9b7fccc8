import { describe, expect, test } from 'vitest';
import { servedAmong } from '../../../../src/host/address-ranges.ts';
import {
  destinationOf,
  judgeDns,
  judgeProxy,
  judgeResolution,
  type NameFacts,
} from '../../../../src/host/dns/judge-names.ts';
import { judgeRegistries } from '../../../../src/preflight/registries.ts';

const name = 'matrix.example.org';
const facts = (different: Partial<NameFacts>): NameFacts => ({
  name,
  addresses: [],
  failure: undefined,
  confirmed: [],
  ...different,
});

const here = '203.0.113.7';
const here6 = '2001:db8::7';
const elsewhere = '198.51.100.1';
const cloudflare = '104.16.0.1';

describe('registries without IPv6', () => {
  test.each([
    [['ghcr.io'], false, ['failed']],
    [['ghcr.io'], true, ['unverified']],
    [[], false, ['passed']],
  ])('%j, beside a mirror or a proxy: %s', (hosts, pullsIndirectly, verdicts) => {
    expect(judgeRegistries({ hosts, pullsIndirectly }).map(({ verdict }) => verdict)).toEqual(verdicts);
  });

  test('are nothing where nothing is pulled', () => {
    expect(judgeRegistries(undefined)).toEqual([]);
  });
});

describe('the records of a name', () => {
  test.each<[string, Partial<NameFacts>, readonly string[], string]>([
    ['lead here', { addresses: [here, here6] }, [here, here6], 'passed'],
    ['are missing', {}, [here], 'failed'],
    ['lead elsewhere', { addresses: [elsewhere] }, [here], 'failed'],
    ['lead here and elsewhere', { addresses: [here, elsewhere] }, [here], 'failed'],
    ['lead by IPv6 to a host that has none', { addresses: [here, here6] }, [here], 'failed'],
    ['lead by IPv6 elsewhere', { addresses: [here, '2001:db8::8'] }, [here, here6], 'failed'],
    ['lead to another private address', { addresses: ['10.0.0.8'] }, ['10.0.0.7'], 'failed'],
    ['lead to the router that this host is behind', { addresses: [elsewhere] }, ['10.0.0.7'], 'unverified'],
    [
      'lead to a router, and come through it',
      { addresses: [elsewhere], confirmed: [elsewhere] },
      ['10.0.0.7'],
      'passed',
    ],
    ['lead to a proxy', { addresses: [cloudflare] }, [here], 'unverified'],
    [
      'lead to a proxy, and come through it',
      { addresses: [cloudflare], confirmed: [cloudflare] },
      [here],
      'passed',
    ],
    ['cannot be asked for', { failure: 'ESERVFAIL' }, [here], 'unverified'],
    ['lead here as far as can be asked', { addresses: [here], failure: 'ETIMEOUT' }, [here], 'unverified'],
    [
      'lead elsewhere as far as can be asked',
      { addresses: [elsewhere], failure: 'ETIMEOUT' },
      [here],
      'failed',
    ],
  ])('that %s', (_, different, own, verdict) => {
    expect(judgeDns(facts(different), { own, served: own }).verdict).toBe(verdict);
  });

  test('that lead to an address of this host at which nobody will listen must be refused with the reason', () => {
    const reach = { own: [here, here6], served: [here] };
    expect(judgeDns(facts({ addresses: [here, here6] }), reach)).toMatchObject({
      verdict: 'failed',
      finding: expect.stringContaining(`${here6}, an address of this host at which`),
    });
    expect(judgeDns(facts({}), reach).remedy).not.toContain('AAAA');
  });

  test('must be told to the operator as they should be', () => {
    const { remedy } = judgeDns(facts({}), { own: [], served: [here, '10.0.0.7', here6] });
    expect(remedy).toContain(`\`${name}. A ${here}\` and \`${name}. AAAA ${here6}\``);
    expect(remedy).not.toContain('10.0.0.7');
  });
});

describe('the destination of a name', () => {
  test.each([
    ['nowhere', [], [here]],
    ['here', [elsewhere, here], [here]],
    ['elsewhere', [elsewhere], [here]],
    ['elsewhere', [cloudflare, elsewhere], [here]],
    ['elsewhere', ['10.0.0.8'], ['10.0.0.7']],
    ['unclear', [elsewhere], ['10.0.0.7']],
    ['unclear', [cloudflare], [here]],
  ])('must be %s, of %j on a host with %j', (place, addresses, own) => {
    expect(destinationOf(addresses, own)).toBe(place);
  });
});

describe('a proxy that answers for a name', () => {
  test.each([
    ['tls-alpn', 'failed'],
    ['http', 'warning'],
  ] as const)('with a challenge by %s', (challenge, verdict) => {
    expect(judgeProxy(facts({ addresses: [cloudflare] }), challenge)).toMatchObject({
      verdict,
      finding: expect.stringContaining('Cloudflare answers'),
    });
    expect(judgeProxy(facts({ addresses: ['2606:4700::1'] }), challenge).verdict).toBe(verdict);
    expect(judgeProxy(facts({ addresses: [here, here6] }), challenge).verdict).toBe('passed');
  });
});

describe('a host that asks for names', () => {
  test.each<[string, Record<string, string | undefined>, string]>([
    ['and hears of one', { 'a.example': undefined, 'b.example': 'ETIMEOUT' }, 'passed'],
    ['and hears nothing', { 'a.example': 'ECONNREFUSED' }, 'failed'],
    ['needs none', {}, 'passed'],
  ])('%s', (_, failures, verdict) => {
    expect(judgeResolution(failures).verdict).toBe(verdict);
  });
});

describe('a host with addresses of both families', () => {
  const own = [here, here6, 'fd00::7'];
  test.each<[string | undefined, readonly string[]]>([
    [undefined, own],
    ['0.0.0.0', [here]],
    ['::', [here6, 'fd00::7']],
    [here, [here]],
    ['2001:DB8:0::7', [here6]],
    ['127.0.0.1', []],
  ])('that is bound to %s must answer at %j', (published, served) => {
    expect(servedAmong(own, published)).toEqual(served);
  });
});
