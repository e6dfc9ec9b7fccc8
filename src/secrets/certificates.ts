import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { released } from '../releases/released.ts';

const curve = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const day = 24 * 60 * 60 * 1000;
const authorityDays = 3650;
/**
 * The days for which a certificate is valid before and after its issue: the clock may be wrong by that much in either
 * direction. The sum is at most 825 days, the longest validity that clients accept from a private CA (Apple,
 * HT210176).
 */
const certificateDays = { before: 365, after: 455 };

/** Creates the self-signed certificate of a CA that may issue certificates for servers (RFC 5280), as PEM. */
export async function issueAuthority(commonName: string, key: string, now: Date): Promise<string> {
  const keys = await importKeys(key);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [commonName] }],
    keys,
    // The correct time is never earlier than this, even if the clock of the host is.
    notBefore: released,
    notAfter: daysAfter(notEarlier(now, released), authorityDays),
    signingAlgorithm: curve,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return certificate.toString('pem');
}

/** A server certificate for DNS names, as a PEM chain: the certificate, then the CA certificate. */
export async function issueCertificate(request: {
  names: readonly string[];
  key: string;
  authority: string;
  authorityKey: string;
  now: Date;
}): Promise<string> {
  const authority = new X509Certificate(request.authority);
  const { publicKey } = await importKeys(request.key);
  const { privateKey: signingKey } = await importKeys(request.authorityKey);
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [String(request.names[0])] }],
    issuer: authority.subject,
    publicKey,
    signingKey,
    ...validity(request.now, authority),
    signingAlgorithm: curve,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(request.names.map((value) => ({ type: 'dns', value }))),
      await AuthorityKeyIdentifierExtension.create(authority),
      await SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
  return `${certificate.toString('pem')}\n${authority.toString('pem')}\n`;
}

async function importKeys(pem: string): Promise<webcrypto.CryptoKeyPair> {
  const { subtle } = webcrypto;
  const key = createPrivateKey(pem);
  const { d: _private, ...publicKey } = key.export({ format: 'jwk' });
  return {
    privateKey: await subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), curve, false, [
      'sign',
    ]),
    publicKey: await subtle.importKey('jwk', publicKey, curve, true, ['verify']),
  };
}

/** The validity of a certificate, within that of the CA: outside of it, no client accepts the certificate. */
function validity(now: Date, authority: X509Certificate): { notBefore: Date; notAfter: Date } {
  const start = notEarlier(now, released);
  const end = daysAfter(start, certificateDays.after);
  return {
    notBefore: notEarlier(daysAfter(start, -certificateDays.before), authority.notBefore),
    notAfter: new Date(Math.min(end.getTime(), authority.notAfter.getTime())),
  };
}

function daysAfter(time: Date, days: number): Date {
  return new Date(time.getTime() + days * day);
}

function notEarlier(time: Date, least: Date): Date {
  return time > least ? time : least;
}
