import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const hour = 3_600_000;

cryptoProvider.set(webcrypto);

export interface CertificateFiles {
  /** The certificate, in PEM. */
  certificate: string;
  /** Its private key, PKCS#8 in PEM. */
  key: string;
}

interface Dates {
  notBefore: Date;
  notAfter: Date;
}

/** The lab's own CA, which its hosts trust like a public one. */
export class Authority {
  readonly certificate: X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;

  private constructor(certificate: X509Certificate, keys: webcrypto.CryptoKeyPair) {
    this.certificate = certificate;
    this.#keys = keys;
  }

  static async create(name: string): Promise<Authority> {
    const keys = await makeKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned(
      {
        name: `CN=${name}`,
        keys,
        ...validity(),
        extensions: [
          new BasicConstraintsExtension(true, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
          await SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
        signingAlgorithm: algorithm,
      },
      webcrypto,
    );
    return new Authority(certificate, keys);
  }

  /**
   * A server certificate for DNS names.
   * @param dates from an hour ago for 90 days when absent
   */
  async issue(names: string[], dates: Partial<Dates> = {}): Promise<CertificateFiles> {
    const keys = await makeKeys();
    const certificate = await X509CertificateGenerator.create(
      {
        subject: `CN=${names[0]}`,
        issuer: this.certificate.subject,
        publicKey: keys.publicKey,
        signingKey: this.#keys.privateKey,
        ...validity(),
        ...dates,
        extensions: [
          new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value }))),
          // Python insists on it since 3.13.
          await AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
        ],
        signingAlgorithm: algorithm,
      },
      webcrypto,
    );
    return { certificate: certificate.toString('pem'), key: await exported(keys) };
  }
}

/** A server certificate for a DNS name that nobody but itself vouches for. */
export async function selfSigned(name: string): Promise<CertificateFiles> {
  const keys = await makeKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      keys,
      ...validity(),
      extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: name }])],
      signingAlgorithm: algorithm,
    },
    webcrypto,
  );
  return { certificate: certificate.toString('pem'), key: await exported(keys) };
}

async function exported({ privateKey }: webcrypto.CryptoKeyPair): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY');
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function validity(): Dates & { serialNumber: string } {
  const now = Date.now();
  return {
    serialNumber: randomBytes(8).toString('hex'),
    notBefore: new Date(now - hour),
    notAfter: new Date(now + 90 * 24 * hour),
  };
}
