import { X509Certificate } from 'node:crypto';
import { createServer, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import { issueAuthority, issueCertificate } from '../../../src/secrets/certificates.ts';
import { newPrivateKey } from '../../../src/secrets/private-key.ts';

const now = new Date();
const day = 24 * 60 * 60 * 1000;
const names = ['matrix.example.org', 'example.org'];

interface Chain {
  readonly authority: string;
  readonly key: string;
  readonly pem: string;
}

async function issueChain(): Promise<Chain> {
  const authorityKey = newPrivateKey();
  const authority = await issueAuthority('Test authority', authorityKey, now);
  const key = newPrivateKey();
  return { authority, key, pem: await issueCertificate({ names, key, authority, authorityKey, now }) };
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

  test('must be a chain: the server, then the authority, which signed both', () => {
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

  test('only the authority must be one', () => {
    expect([authority.ca, certificate.ca]).toEqual([true, false]);
  });

  test('must be valid since yesterday, for clocks that are behind, and as long as clients accept', () => {
    expect(new Date(certificate.validFrom).getTime()).toBeLessThan(now.getTime() - day + 5000);
    expect([daysLeft(authority), daysLeft(certificate)]).toEqual([3650, 820]);
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
