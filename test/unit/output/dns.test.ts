import { describe, expect, test } from 'vitest';
import { answerTeller, describeDns, describeZone } from '../../../src/output/dns.ts';
import { styleFor } from '../../../src/output/style.ts';

const style = styleFor({ write: () => undefined }, {});
const row = {
  name: 'matrix.example.org',
  type: 'A',
  need: 'required',
  value: '203.0.113.7',
  published: [],
  state: 'missing',
} as const;
const caa = {
  ...row,
  name: 'example.org',
  type: 'CAA',
  need: 'optional',
  value: '0 issue "ca.example"',
  state: 'optional',
} as const;
const finding = {
  code: 'missing',
  name: row.name,
  verdict: 'failed',
  finding: 'no record',
  remedy: 'set it',
} as const;

describe('the records of a server', () => {
  test('must be a snippet that a zone file can take, with what is optional or unknown as comments', () => {
    const stray = { ...row, type: 'AAAA', value: null, published: ['2001:db8::9'], state: 'wrong' } as const;
    const unknown = { ...row, value: null };
    expect(describeZone({ serverName: 'example.org', records: [row, stray, unknown, caa] }).slice(1)).toEqual(
      [
        'matrix.example.org. 3600 IN A 203.0.113.7',
        '; delete the AAAA records of matrix.example.org.',
        '; matrix.example.org. 3600 IN A <the public address of your router>',
        '; optional: no other CA may issue certificates for these names',
        '; example.org. 3600 IN CAA 0 issue "ca.example"',
      ],
    );
  });

  test('must be a table beside what is published, followed by what is wrong', () => {
    const report = { serverName: 'example.org', records: [row], answers: [], findings: [finding] };
    expect(describeDns(report, style)).toEqual([
      'NAME                 TYPE  SHOULD BE    IS  STATE',
      'matrix.example.org.  A     203.0.113.7  -   missing',
      'WRONG    no record',
      '         set it',
      'The DNS records of example.org are not correct yet.',
    ]);
  });

  test('must not be called right where an address may be that of a router', () => {
    const unknown = {
      ...finding,
      code: 'elsewhere',
      verdict: 'unverified',
      finding: '?',
      remedy: '',
    } as const;
    const unverified = { ...row, value: null, published: ['198.51.100.9'], state: 'unverified' } as const;
    const report = { serverName: 'example.org', records: [unverified], answers: [], findings: [unknown] };
    expect(describeDns(report, style)).toEqual([
      'NAME                 TYPE  SHOULD BE                          IS            STATE',
      'matrix.example.org.  A     the public address of your router  198.51.100.9  unverified',
      'UNKNOWN  ?',
      'No problems found with the DNS records of example.org, as far as this host can tell.',
    ]);
  });

  test('must be told to be none where only this machine sees the server', () => {
    const report = { serverName: 'localhost', records: [], answers: [], findings: [] };
    expect(describeDns(report, style)).toEqual(['Published on this machine only: no records are needed.']);
  });
});

test('an answer must be shown again when it changes, and not when only its time does', () => {
  const said: string[] = [];
  const tell = answerTeller((line) => said.push(line));
  const answer = {
    name: 'example.org',
    type: 'A',
    address: '192.0.2.1',
    role: 'zone',
    nameServer: 'ns1.example.org',
    values: [],
    authoritative: true,
    secondsLeft: 60,
    failure: null,
  } as const;
  tell({ answers: [answer] });
  tell({ answers: [{ ...answer, secondsLeft: 55 }] });
  tell({ answers: [{ ...answer, values: ['203.0.113.7'] }] });
  tell({ answers: [{ ...answer, failure: 'ETIMEOUT' }] });
  expect(said).toEqual([
    'example.org A  ns1.example.org (192.0.2.1): nothing (kept 60 s)',
    'example.org A  ns1.example.org (192.0.2.1): 203.0.113.7 (kept 60 s)',
    'example.org A  ns1.example.org (192.0.2.1): no answer (ETIMEOUT)',
  ]);
});
