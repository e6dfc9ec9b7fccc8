import { expect, test } from 'vitest';
import {
  dnsName,
  dnsNameIn,
  isPublicName,
  isReachableName,
  readName,
} from '../../../src/identifiers/dns-name.ts';

const isAccepted = (name: string) => dnsName('').safeParse(name).success;

test.each([
  'example.org',
  'a-b.example.org',
  'xn--mnchen-3ya.de',
  'localhost',
  `${'a'.repeat(63)}.org`,
  '1.example.org',
])('%s must be accepted as the name of a server', (name) => {
  expect(isAccepted(name)).toBe(true);
});

test.each([
  '192.0.2.10',
  '3221225994',
  'matrix.192.0.2.10',
  '2001:db8::1',
  '[2001:db8::1]',
  'my_server.org',
  'example.org.',
  'Example.org',
  'example.org:8448',
  'https://example.org',
  'münchen.de',
  'xn--a.org',
  '-a.org',
  `${'a'.repeat(64)}.org`,
  `${'a.'.repeat(120)}org`,
  '',
])('%j must be refused, since it could never be changed', (name) => {
  expect(isAccepted(name)).toBe(false);
});

test.each([
  'chat',
  'nas.local',
  'matrix.internal',
  'box.home.arpa',
  'x.lan',
  'a.test',
  'b.example',
  'c.onion',
])('%s must be no name that a public CA issues certificates for', (name) => {
  expect(isPublicName(name)).toBe(false);
});

test('a private CA must be able to issue certificates for a name of a private domain', () => {
  expect([isReachableName('matrix.internal'), isReachableName('chat')]).toEqual([true, false]);
});

test.each([
  ['Example.org.', 'example.org'],
  ['https://example.org:8448/x', 'example.org'],
  ['@me:example.org', 'example.org'],
  ['münchen.de', 'xn--mnchen-3ya.de'],
  ['192.0.2.10', undefined],
  ['my_server.org', undefined],
])('who writes %s must be asked whether %s is meant', (text, name) => {
  expect(dnsNameIn(text)).toBe(name);
});

test.each([
  ['xn--mnchen-3ya.de', 'münchen.de'],
  ['example.org', undefined],
])('%s must be read as %s', (name, read) => {
  expect(readName(name)).toBe(read);
});
