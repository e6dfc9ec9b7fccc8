import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

/** The certificate that the operator gives to the proxy: the text of its two files. */
export interface GivenFiles {
  readonly chain: string;
  readonly key: string;
}

/** The requirements for a given certificate. */
export interface CertificateNeeds {
  /** Where the files are, for the messages about them. */
  readonly paths: { readonly chain: string; readonly key: string };
  /** Names that the certificate must be valid for. */
  readonly names: readonly string[];
  /** PEM of CA certificates to trust beside the public ones. */
  readonly roots: string | undefined;
  readonly now: Date;
}

/** A certificate with its key. */
export interface ReadCertificate {
  /** The chain and the key as one PEM text: equal for equal certificates and keys, however the files are written. */
  readonly pem: string;
  /** SHA-256 of the certificate, in the form of `X509Certificate.fingerprint256`. */
  readonly fingerprint: string;
  readonly validUntil: Date;
}

export interface CertificateJudgement {
  /** What is wrong with the given files, a sentence each. No sentence contains any part of the key. */
  readonly issues: readonly string[];
  /** The content of the files; `undefined` when the certificate or the key cannot be read. */
  readonly certificate: ReadCertificate | undefined;
  /**
   * Whether the files are as they are in the middle of a renewal: one is damaged or cut off, or the key belongs to
   * another certificate.
   */
  readonly isHalfRenewed: boolean;
}

/** The purpose of certificates for servers (RFC 5280, section 4.2.1.12, `id-kp-serverAuth`). */
const forServers = '1.3.6.1.5.5.7.3.1';

/**
 * Judges whether the proxy can serve these files: the key must belong to the certificate, the chain must be complete
 * and in order up to a trusted CA certificate, no certificate may have expired, and all names must be covered.
 * Reports every problem, not only the first one.
 */
export function judgeCertificate(files: GivenFiles, needs: CertificateNeeds): CertificateJudgement {
  const chain = readChain(files.chain, needs.paths.chain);
  const key = readKey(files.key, needs.paths.key);
  const [leaf] = chain.certificates;
  const issues = [
    ...chain.issues,
    ...key.issues,
    ...(leaf === undefined || chain.issues.length > 0
      ? []
      : judgeContent([leaf, ...chain.certificates.slice(1)], key.key, needs)),
  ];
  if (leaf === undefined || key.key === undefined) {
    return { issues, certificate: undefined, isHalfRenewed: true };
  }
  const texts = [
    ...chain.certificates.map((one) => one.toString()),
    key.key.export({ type: 'pkcs8', format: 'pem' }),
  ];
  const pem = texts.map((text) => `${String(text).trim()}\n`).join('');
  return {
    issues,
    certificate: { pem, fingerprint: leaf.fingerprint256, validUntil: new Date(leaf.validTo) },
    isHalfRenewed: chain.issues.length > 0 || !leaf.checkPrivateKey(key.key),
  };
}

function judgeContent(
  chain: readonly [X509Certificate, ...X509Certificate[]],
  key: KeyObject | undefined,
  needs: CertificateNeeds,
): string[] {
  const [leaf] = chain;
  const { paths } = needs;
  // With a CA certificate in first place, no other check makes sense.
  if (leaf.ca) {
    return [`${paths.chain} begins with the certificate of a CA: the one of the server must come first`];
  }
  return [
    ...judgeLeaf(leaf, needs),
    ...judgeOrder(chain, needs),
    ...judgeTimes(chain, needs),
    ...(key === undefined || leaf.checkPrivateKey(key)
      ? []
      : [`the key in ${paths.key} does not belong to the certificate in ${paths.chain}`]),
  ];
}

function readChain(text: string, path: string): { certificates: X509Certificate[]; issues: string[] } {
  const blocks = pemBlocks(text);
  const begun = text.split('-----BEGIN CERTIFICATE-----').length - 1;
  if (begun === 0) {
    return {
      certificates: [],
      issues: [
        text.startsWith('0')
          ? `${path} is not in PEM form, but perhaps in DER: convert it with openssl x509 -inform der`
          : `${path} has no certificate in PEM form: no line says -----BEGIN CERTIFICATE-----`,
      ],
    };
  }
  if (begun !== blocks.length) {
    return {
      certificates: [],
      issues: [`a certificate in ${path} is cut off: it has no end, or not its own`],
    };
  }
  const read = blocks.map((block, index) => {
    try {
      return { certificate: new X509Certificate(block) };
    } catch {
      return { issue: `certificate ${index + 1} in ${path} cannot be read: what is in it is damaged` };
    }
  });
  return {
    certificates: read.flatMap(({ certificate }) => certificate ?? []),
    issues: read.flatMap(({ issue }) => issue ?? []),
  };
}

function readKey(text: string, path: string): { key?: KeyObject; issues: string[] } {
  const [, kind] = /-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY-----/.exec(text) ?? [];
  if (kind === undefined) {
    return {
      issues: [
        `${path} has no private key in PEM form: no line says -----BEGIN PRIVATE KEY----- or the like`,
      ],
    };
  }
  if (kind.startsWith('ENCRYPTED') || /^Proc-Type:.*ENCRYPTED/m.test(text)) {
    return {
      issues: [
        `the key in ${path} is encrypted, and nobody types a password for the proxy: store it without one (openssl pkey)`,
      ],
    };
  }
  try {
    return { key: createPrivateKey(text), issues: [] };
  } catch {
    return { issues: [`the key in ${path} cannot be read: what is in it is damaged, or cut off`] };
  }
}

function judgeLeaf(leaf: X509Certificate, { paths, names }: CertificateNeeds): string[] {
  const purposes: readonly string[] | undefined = leaf.keyUsage;
  const missing = names.filter((name) => leaf.checkHost(name, { subject: 'never' }) === undefined);
  return [
    ...(purposes === undefined || purposes.includes(forServers)
      ? []
      : [`the certificate in ${paths.chain} is not for servers: its extended key usage does not say so`]),
    ...(missing.length === 0
      ? []
      : [
          `the certificate in ${paths.chain} is not for ${missing.join(' and ')}: it is for ${namesIn(leaf)}`,
        ]),
  ];
}

function namesIn({ subjectAltName = '' }: X509Certificate): string {
  return subjectAltName.replaceAll('DNS:', '') || 'no name at all';
}

function judgeOrder(chain: readonly X509Certificate[], { paths, roots = '' }: CertificateNeeds): string[] {
  const broken = chain.findIndex((one, index) => {
    const next = chain[index + 1];
    return next !== undefined && !isIssuedBy(one, next);
  });
  if (broken >= 0) {
    return [
      `certificate ${broken + 1} in ${paths.chain} is not by certificate ${broken + 2}: each must be followed by the one that issued it`,
    ];
  }
  const last = chain.at(-1);
  if (last === undefined || isTrusted(last, [...pemBlocks(roots), ...rootCertificates])) return [];
  const isRoot = isIssuedBy(last, last);
  return [
    isRoot
      ? `${paths.chain} ends with ${commonNameOf(last.subject)}, which is not a public CA certificate: name its file in traefik.certificates.roots if it belongs to your private CA`
      : `${paths.chain} is incomplete: ${commonNameOf(last.issuer)} issued its last certificate, and is neither in it nor a trusted CA certificate. Add the intermediate certificates, or name the CA certificates of your private CA in traefik.certificates.roots`,
  ];
}

function isTrusted(last: X509Certificate, roots: readonly string[]): boolean {
  return roots.some((pem) => {
    const root = new X509Certificate(pem);
    return root.fingerprint256 === last.fingerprint256 || isIssuedBy(last, root);
  });
}

function pemBlocks(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
}

function isIssuedBy(one: X509Certificate, issuer: X509Certificate): boolean {
  return one.issuer === issuer.subject && one.checkIssued(issuer) && one.verify(issuer.publicKey);
}

function judgeTimes(chain: readonly X509Certificate[], { paths, now }: CertificateNeeds): string[] {
  return chain.flatMap((one, index) => {
    const which = `certificate ${index + 1} in ${paths.chain} (${commonNameOf(one.subject)})`;
    if (now >= new Date(one.validTo)) return [`${which} expired on ${dayOf(one.validTo)}`];
    return now < new Date(one.validFrom) ? [`${which} is not valid before ${dayOf(one.validFrom)}`] : [];
  });
}

/** The common name of a distinguished name; the whole distinguished name when it has none. */
export function commonNameOf(distinguished: string): string {
  return /^CN=(.*)$/m.exec(distinguished)?.[1] ?? distinguished.replaceAll('\n', ', ');
}

function dayOf(text: string): string {
  return new Date(text).toISOString().slice(0, 10);
}
