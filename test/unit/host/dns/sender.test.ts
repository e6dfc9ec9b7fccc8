import { describe, expect, test } from 'vitest';
import { judgeSenderDomain, type SenderCode } from '../../../../src/host/dns/sender/judge.ts';
import { observeSender } from '../../../../src/host/dns/sender/observe.ts';
import { evaluate, parseSpf, type SpfResult } from '../../../../src/host/dns/sender/spf.ts';

const domain = 'example.org';
const relay = 'mail.example.org';

type Zone = Readonly<Record<string, readonly string[]>>;

/** A network whose DNS is this zone: `<name> <type>`. */
function network(zone: Zone) {
  const find = async (name: string, type: string) => {
    const values = zone[`${name} ${type}`] ?? [];
    return values[0] === 'ETIMEOUT' ? { failure: 'ETIMEOUT' } : { records: values };
  };
  return {
    txt: (name: string) => find(name, 'TXT'),
    mx: (name: string) => find(name, 'MX'),
    addresses: (name: string, family: 'A' | 'AAAA') => find(name, family),
  };
}

const see = (zone: Zone, dkimSelector?: string, of = domain) =>
  observeSender({ domain: of, relay, dkimSelector }, network({ [`${relay} A`]: ['192.0.2.25'], ...zone }));
const codes = async (zone: Zone, dkimSelector?: string, of?: string): Promise<SenderCode[]> =>
  judgeSenderDomain(await see(zone, dkimSelector, of)).map(({ code }) => code);

describe('the SPF record of a sender', () => {
  const many = Array.from({ length: 11 }, (_, index) => `include:i${index}.test`).join(' ');

  test.each<[SenderCode, Zone]>([
    ['spf-missing', {}],
    ['spf-missing', { 'example.org TXT': ['some other text', 'v=spf10 -all'] }],
    ['spf-several', { 'example.org TXT': ['v=spf1 -all', 'v=spf1 a -all'] }],
    ['spf-wrong', { 'example.org TXT': ['v=spf1 ipv4:192.0.2.25 -all'] }],
    ['spf-wrong', { 'example.org TXT': ['v=spf1 ip4:mail.example.org -all'] }],
    ['spf-lookups', { 'example.org TXT': [`v=spf1 ${many} -all`] }],
    ['spf-open', { 'example.org TXT': ['v=spf1 +all'] }],
    ['spf-elsewhere', { 'example.org TXT': ['v=spf1 ip4:198.51.100.0/24 -all'] }],
    ['sender-unanswered', { 'example.org TXT': ['ETIMEOUT'] }],
    ['spf', { 'example.org TXT': ['v=spf1 a:mail.example.org -all'] }],
    ['spf', { 'example.org TXT': ['V=SPF1 mx ~all'], 'example.org MX': [relay] }],
    [
      'spf',
      { 'example.org TXT': ['v=spf1 include:_spf.test -all'], '_spf.test TXT': ['v=spf1 ip4:192.0.2.25'] },
    ],
    ['spf', { 'example.org TXT': ['v=spf1 exists:%{i}.test -all'] }],
  ])('must be judged as %s: %j', async (code, zone) => {
    expect((await codes(zone))[0]).toBe(code);
  });

  test('must end where it includes itself', async () => {
    const circle = { 'example.org TXT': ['v=spf1 include:example.org -all'] };
    expect((await codes(circle))[0]).toBe('spf-lookups');
  });

  test.each<[SpfResult, string, string]>([
    ['pass', 'v=spf1 ip4:192.0.2.0/24 -all', '192.0.2.200'],
    ['fail', 'v=spf1 ip4:192.0.2.0/25 -all', '192.0.2.200'],
    ['softfail', 'v=spf1 ~all', '192.0.2.200'],
    ['neutral', 'v=spf1', '192.0.2.200'],
    ['pass', 'v=spf1 ip6:2001:db8::/32 -all', '2001:db8::1'],
    ['fail', 'v=spf1 ip4:192.0.2.0/24 -all', '2001:db8::1'],
    ['pass', 'v=spf1 a/24 -all', '192.0.2.200'],
    ['fail', 'v=spf1 -a/24 +all', '192.0.2.200'],
    ['pass', 'v=spf1 redirect=other.test', '198.51.100.1'],
    ['fail', 'v=spf1 include:none.test -all', '198.51.100.1'],
    ['unknown', 'v=spf1 ptr -all', '198.51.100.1'],
  ])('must let an address %s: %s, %s', async (result, record, address) => {
    const zone = {
      'example.org TXT': [record],
      'example.org A': ['192.0.2.1'],
      'other.test TXT': ['v=spf1 ip4:198.51.100.1 -all'],
    };
    expect(evaluate(domain, address, (await see(zone)).spf)).toBe(result);
  });

  test('must be read by its terms', () => {
    expect(parseSpf('v=spf1  a:x.test/24//64 ?mx exp=e.test')).toEqual([
      { qualifier: '+', name: 'a', value: 'x.test/24//64' },
      { qualifier: '?', name: 'mx', value: '' },
      { qualifier: '+', name: 'exp', value: 'e.test' },
    ]);
  });
});

describe('the DKIM key of a sender', () => {
  test.each<[SenderCode, string | undefined, Zone]>([
    ['dkim-unknown', undefined, {}],
    ['dkim', undefined, { 'selector1._domainkey.example.org TXT': ['v=DKIM1; k=rsa; p=MIGf'] }],
    ['dkim', 'own', { 'own._domainkey.example.org TXT': ['p=MIGf'] }],
    ['dkim-missing', 'own', { 'default._domainkey.example.org TXT': ['p=MIGf'] }],
    ['dkim-revoked', 'own', { 'own._domainkey.example.org TXT': ['v=DKIM1; p='] }],
    ['sender-unanswered', 'own', { 'own._domainkey.example.org TXT': ['ETIMEOUT'] }],
  ])('must be judged as %s with the selector %s', async (code, selector, zone) => {
    expect((await codes(zone, selector))[1]).toBe(code);
  });
});

describe('the DMARC record of a sender', () => {
  const at = '_dmarc.example.org TXT';

  test.each<[SenderCode, string, Zone]>([
    ['dmarc-missing', domain, {}],
    ['dmarc', domain, { [at]: ['v=DMARC1; p=none; rua=mailto:a@example.org'] }],
    ['dmarc', domain, { [at]: ['v=DMARC1;p=reject'] }],
    ['dmarc', 'chat.example.org', { [at]: ['v=DMARC1; p=none; sp=reject'] }],
    ['dmarc-wrong', domain, { [at]: ['v=DMARC1; p=all'] }],
    ['dmarc-wrong', domain, { [at]: ['v=DMARC1; rua=mailto:a@example.org'] }],
    ['dmarc-several', domain, { [at]: ['v=DMARC1; p=none', 'v=DMARC1; p=reject'] }],
    ['sender-unanswered', domain, { [at]: ['ETIMEOUT'] }],
  ])('must be judged as %s for %s: %j', async (code, of, zone) => {
    expect((await codes(zone, undefined, of))[2]).toBe(code);
  });
});
