import { expect, test } from 'vitest';
import { chooseRoute, type SrvAnswers } from '../../../src/federation/route.ts';
import { parseServerName, type ServerName } from '../../../src/identifiers/server-name.ts';

const none: SrvAnswers = { fed: { records: [] }, legacy: { records: [] } };
const record = (name: string, port: number, priority = 10, weight = 5) => ({ name, port, priority, weight });
const named = (text: string) => parseServerName(text) as ServerName;

test.each([
  ['192.0.2.7', 'address', [{ host: '192.0.2.7', port: 8448 }]],
  ['[2001:db8::7]:443', 'address', [{ host: '2001:db8::7', port: 443 }]],
  ['example.org:443', 'port', [{ host: 'example.org', port: 443 }]],
])('%s must say itself where to go: by its %s', (text, step, targets) => {
  expect(chooseRoute(named(text), false, undefined)).toMatchObject({ step, targets, hostHeader: text });
});

test('without records it must be port 8448, with the certificate and Host header of the name', () => {
  expect(chooseRoute(named('example.org'), true, none)).toMatchObject({
    step: 'default',
    name: 'example.org',
    hostHeader: 'example.org',
    isDelegated: true,
    targets: [{ host: 'example.org', port: 8448 }],
    failure: undefined,
  });
});

test('the new SRV record must win over the deprecated one, and keep the certificate of the name', () => {
  const records = {
    fed: { records: [record('new.org.', 443)] },
    legacy: { records: [record('old.org', 1)] },
  };
  expect(chooseRoute(named('example.org'), false, records)).toMatchObject({
    step: 'srv',
    srvName: '_matrix-fed._tcp.example.org',
    name: 'example.org',
    targets: [{ host: 'new.org', port: 443 }],
  });
});

test('the deprecated SRV record must do where there is no new one', () => {
  const records = { ...none, legacy: { records: [record('old.org', 1)] } };
  expect(chooseRoute(named('example.org'), false, records)).toMatchObject({
    step: 'srv-legacy',
    targets: [{ host: 'old.org', port: 1 }],
  });
});

test('targets must be in the order of priority, then weight; and not more than a few', () => {
  const records = [record('c', 1, 20), record('b', 1, 10, 1), record('a', 1, 10, 9)];
  const { targets } = chooseRoute(named('x.org'), false, { ...none, fed: { records } });
  expect(targets.map(({ host }) => host)).toEqual(['a', 'b', 'c']);
  const many = Array.from({ length: 20 }, (_, index) => record(`t${index}`, 1));
  expect(chooseRoute(named('x.org'), false, { ...none, fed: { records: many } })).toMatchObject({ left: 12 });
});

test.each(['.', ''])('a record with the target "%s" must say that there is no such service', (name) => {
  const records = { ...none, fed: { records: [record(name, 0)] } };
  expect(chooseRoute(named('x.org'), false, records)).toMatchObject({ isClosed: true, targets: [] });
});

test('a question for SRV records that nobody answers must be told, and not be taken for none', () => {
  const records = { ...none, fed: { failure: 'ESERVFAIL' } };
  expect(chooseRoute(named('x.org'), false, records)).toMatchObject({
    step: 'default',
    failure: 'ESERVFAIL',
  });
});
