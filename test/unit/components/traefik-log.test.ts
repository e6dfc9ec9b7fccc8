import { describe, expect, test } from 'vitest';
import { hasGivenUpOn } from '../../../src/components/traefik/log.ts';
import { diagnosedFrom } from '../../fakes/diagnosed.ts';

const started = '2026-11-24T12:08:47Z INF Starting provider *acme.Provider';
const tries = (name: string) =>
  `2026-11-24T12:08:59Z INF Obtaining bundled SAN certificate. domains=${name} lib=lego`;
const has = (name: string) =>
  `2026-11-24T12:09:04Z INF Server responded with a certificate. domains=${name} lib=lego`;
const fails = (name: string) =>
  `2026-11-24T12:09:00Z ERR Unable to obtain ACME certificate for domains error="unable to generate a certificate for the domains [${name}]: acme: error: 400 :: Could not resolve URL \\"${name}\\"" acmeCA=https://ca.example/directory domains=["${name}"] providerName=acme.acme routerName=synapse@file`;
const skipped =
  '2026-11-24T12:08:47Z ERR The ACME resolve is skipped from the resolvers list error="unable to get ACME account: permissions 644 for /acme/acme.json are too open, please use 600" resolver=acme';
const unknown =
  '2026-11-24T12:08:48Z ERR Router uses a nonexistent certificate resolver certificateResolver=acme routerName=synapse@file';

const reset =
  '2026-11-28T16:22:33Z ERR Error while handling TCP connection error="writeto tcp 127.0.0.1:58538->127.0.0.1:8445: read tcp 127.0.0.1:58538->127.0.0.1:8445: read: connection reset by peer"';

describe('what Traefik has given up', () => {
  test.each([
    ['an error about the name', [started, tries('a.test'), fails('a.test')], true],
    ['an error that a success for another name follows', [fails('a.test'), has('b.test')], true],
    ['an error about no name', [started, skipped, unknown], true],
    ['an attempt after the error', [fails('a.test'), tries('a.test')], false],
    ['a start after the error', [fails('a.test'), started], false],
    ['an error about another name', [tries('a.test'), fails('b.test')], false],
    ['an error about a longer name', [tries('a.test'), fails('matrix.a.test')], false],
    ['a connection that was reset after an attempt', [tries('a.test'), reset], false],
    ['a connection that was reset after the error', [fails('a.test'), reset], true],
    ['nothing', [], false],
  ])('must be told by %s as its last word', (_, log, expected) => {
    expect(hasGivenUpOn('a.test')(log)).toBe(expected);
  });
});

describe('why Traefik does not work', () => {
  test.each<[string, string[], string]>([
    [
      'what the CA said',
      [started, tries('a.test'), fails('a.test')],
      'its last line: unable to generate a certificate for the domains [a.test]: acme: error: 400 :: Could not resolve URL "a.test"',
    ],
    [
      'the cause rather than what follows from it',
      [started, skipped, unknown],
      'it gets no certificate: unable to get ACME account: permissions 644 for /acme/acme.json are too open, please use 600',
    ],
    [
      'what the CA said, whatever clients did since',
      [fails('a.test'), reset],
      'its last line: unable to generate a certificate for the domains [a.test]: acme: error: 400 :: Could not resolve URL "a.test"',
    ],
    ['the last line where no error has a reason', [started, unknown], `its last line: ${unknown}`],
  ])('must be %s', (_, log, cause) => {
    expect(diagnosedFrom('traefik', log.join('\n'))?.cause).toBe(cause);
  });

  test.each([
    ['dns', 'DNS problem: NXDOMAIN looking up A for a.test', /Create the DNS record/],
    ['connection', '192.0.2.1: Timeout during connect (likely firewall problem)', /firewall/],
    ['unauthorized', '192.0.2.1: Invalid response from http://a.test/: 404', /Another server answers/],
    ['caa', 'CAA record for a.test prevents issuance', /CAA record/],
    ['rateLimited', 'too many certificates already issued, retry after 2026-11-29', /until the time/],
  ])('must name the remedy for the CA’s %s', (type, detail, remedy) => {
    const line = fails('a.test').replace(
      ':: Could not resolve',
      `:: urn:ietf:params:acme:error:${type} :: ${detail} ::`,
    );
    expect(diagnosedFrom('traefik', line)).toMatchObject({
      cause: expect.stringContaining(detail),
      remedy: expect.stringMatching(remedy),
    });
  });

  test.each([
    [
      "get directory at 'https://ca.example/directory': dial tcp: lookup ca.example: no such host",
      /port 443/,
    ],
    ['tls: failed to verify certificate: x509: certificate signed by unknown authority', /roots/],
    ['x509: certificate has expired or is not yet valid: current time 2020-01-01', /clock/],
    ['dns01: error presenting token (a.test): exec: wait command: exit status 3', /traefik\/extra/],
    [
      'dns01: error presenting token (a.test): dnsupdate: failed to insert: DNS update failed: dns: bad authentication',
      /takes updates/,
    ],
    [
      'dns01: time limit exceeded: last error: NS ns2.a.test.:53 did not return the expected TXT record',
      /shows?/,
    ],
  ])('must name the remedy for %s', (reason, remedy) => {
    const line = `2026-11-24T12:08:47Z ERR Unable to obtain ACME certificate for domains error="${reason}"`;
    expect(diagnosedFrom('traefik', line)?.remedy).toMatch(remedy);
  });
});
