import { X509Certificate } from 'node:crypto';
import { createServer, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import { released } from '../../../src/releases/released.ts';
import { issueAuthority, issueCertificate } from '../../../src/secrets/certificates.ts';
import { newPrivateKey } from '../../../src/secrets/private-key.ts';

const now = new Date();
const day = 24 * 60 * 60 * 1000;
const daysFrom = (time: Date, days: number) => new Date(time.getTime() + days * day);
/** Long after this program was made. */
const rightTime = daysFrom(released, 1000);
const names = ['matrix.example.org', 'example.org'];

interface Chain {
  readonly authority: string;
  readonly key: string;
  readonly pem: string;
}

async function issueChain(at = now): Promise<Chain> {
  const authorityKey = newPrivateKey();
  const authority = await issueAuthority('Test authority', authorityKey, at);
  const key = newPrivateKey();
  return { authority, key, pem: await issueCertificate({ names, key, authority, authorityKey, now: at }) };
}

/** Days from now, rounded, until which it is valid. */
const daysLeft = ({ validTo }: X509Certificate) =>
  Math.round((new Date(validTo).getTime() - now.getTime()) / day);

describe('the certificates of a local server', () => {
  let chain: Chain;
  let authority: X509Certificate;
  let certificate: X509Certificate;
  beforeAll(async () => {
    chain = await issueChain();
    authority = new X509Certificate(chain.authority);
    certificate = new X509Certificate(chain.pem);
  });

  test('must be a chain: the server, then the CA, which signed both', () => {
    expect(chain.pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(chain.pem.trim().endsWith(chain.authority.trim())).toBe(true);
    expect(certificate.checkIssued(authority)).toBe(true);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    expect(authority.verify(authority.publicKey)).toBe(true);
  });

  test('must name every name, and no other', () => {
    expect(certificate.subjectAltName).toBe('DNS:matrix.example.org, DNS:example.org');
    expect(certificate.checkHost('other.example.org')).toBeUndefined();
  });

  test('only the CA must be a CA', () => {
    expect([authority.ca, certificate.ca]).toEqual([true, false]);
  });

  test('must be valid for a time that clients accept', () => {
    const valid = Date.parse(certificate.validTo) - Date.parse(certificate.validFrom);
    expect(valid / day).toBeLessThanOrEqual(825);
    expect([daysLeft(authority), daysLeft(certificate)]).toEqual([3650, 455]);
  });

  test.each([
    ['at the beginning of time', new Date(0)],
    ['11 months behind', daysFrom(rightTime, -334)],
    ['11 months ahead', daysFrom(rightTime, 334)],
  ])('must be valid when a clock is set right that was %s', async (_title, wrong) => {
    const { authority: own, pem } = await issueChain(wrong);
    for (const issued of [own, pem].map((text) => new X509Certificate(text))) {
      const right = wrong < released ? released : rightTime;
      expect(Date.parse(issued.validFrom)).toBeLessThanOrEqual(right.getTime());
      expect(Date.parse(issued.validTo)).toBeGreaterThan(right.getTime());
    }
  });

  test('must have a CA that is valid when a clock is set right that was 20 years ahead', async () => {
    const { authority: own } = await issueChain(daysFrom(now, 7300));
    expect(Date.parse(new X509Certificate(own).validFrom)).toBeLessThan(now.getTime());
  });

  test('must not be valid for longer than their CA', async () => {
    const authorityKey = newPrivateKey();
    const old = await issueAuthority('Test authority', authorityKey, released);
    const key = newPrivateKey();
    const late = daysFrom(released, 3600);
    const pem = await issueCertificate({ names, key, authority: old, authorityKey, now: late });
    expect(Date.parse(new X509Certificate(pem).validTo)).toBeLessThanOrEqual(
      Date.parse(new X509Certificate(old).validTo),
    );
  });

  test('must differ between two installations', async () => {
    const other = await issueChain();
    expect(new X509Certificate(other.pem).serialNumber).not.toBe(certificate.serialNumber);
    expect(certificate.verify(new X509Certificate(other.authority).publicKey)).toBe(false);
  });

  test.each(names)('must be accepted by a client that asks for %s', async (servername) => {
    const server = createServer({ cert: chain.pem, key: chain.key }, (socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const socket = await new Promise<TLSSocket>((resolve, reject) => {
      const client = tlsConnect({ host: '127.0.0.1', port, servername, ca: chain.authority }, () =>
        resolve(client),
      );
      client.once('error', reject);
    });
    expect(socket.authorized).toBe(true);
    socket.destroy();
    server.close();
  });
});
