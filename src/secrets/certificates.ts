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

const curve = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const day = 24 * 60 * 60 * 1000;
const authorityDays = 3650;
/** Longest that clients accept of a private authority (Apple's limit of 825 days). */
const certificateDays = 820;

/** A self-signed authority that may issue certificates for servers (RFC 5280), as PEM. */
export async function issueAuthority(commonName: string, key: string, now: Date): Promise<string> {
  const keys = await importKeys(key);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [commonName] }],
    keys,
    ...validity(now, authorityDays),
    signingAlgorithm: curve,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return certificate.toString('pem');
}

/** A server certificate for DNS names, as a PEM chain: the certificate, then the authority. */
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
    ...validity(request.now, certificateDays),
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

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  // A little early, for clocks that are behind.
  return { notBefore: new Date(now.getTime() - day), notAfter: new Date(now.getTime() + days * day) };
}
