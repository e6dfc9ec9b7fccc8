import * as z from 'zod';
import { httpsUrl } from '../../identifiers/https-url.ts';
import type { StackContext } from '../component.ts';
import type { DataSpec } from '../data.ts';
import type { GivenCertificate } from '../given-certificate.ts';
import type { SecretSpec } from '../secret.ts';
import type { Mount, Owner } from '../service.ts';
import { dnsOption } from './dns-challenge.ts';
import { filesSettings, givenCertificate, givenCopy } from './given-files.ts';
import { proxyService } from './proxy-service.ts';

/** Let's Encrypt's directories (letsencrypt.org/docs, "Staging Environment"). */
const letsEncrypt = {
  directory: 'https://acme-v02.api.letsencrypt.org/directory',
  staging: 'https://acme-staging-v02.api.letsencrypt.org/directory',
} as const;

/** Common name of the certificate that Traefik generates itself, and serves for a name without another one. */
export const builtInCertificate = 'TRAEFIK DEFAULT CERT';

/** How a CA verifies control of a name (RFC 8555, section 8; RFC 8737). */
const challenges = ['tls-alpn', 'http', 'dns'] as const;

export type Challenge = (typeof challenges)[number];

/** Name of a PEM file in the deployment directory. */
export const rootsOption = z
  .string()
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/, 'must be a file name in the deployment directory')
  .optional();

/** Where the proxy's certificates come from. */
export const certificates = z
  .discriminatedUnion('issuer', [
    z.strictObject({
      issuer: z
        .literal('local')
        .describe('A local CA, created by `init --local`, that no other machine trusts.'),
    }),
    z.strictObject({
      ...filesSettings,
      roots: rootsOption.describe(
        'PEM file in the deployment directory with the CA certificate of a private CA. It is trusted in addition to the public ones: by `verify`, and by the homeserver, when it connects to other servers.',
      ),
    }),
    z.strictObject({
      issuer: z.literal('acme').describe("A CA that speaks ACME, by default Let's Encrypt."),
      email: z
        .email('must be an email address')
        .optional()
        .describe("Contact address for the CA. Let's Encrypt needs none and sends no mail."),
      directory: httpsUrl("The CA's ACME directory.").default(letsEncrypt.directory),
      staging: httpsUrl(
        "The CA's staging directory. A staging run orders from it first if it is not certain that a name points here, because a failed order counts against the CA's rate limits. Let's Encrypt's is known.",
      ).optional(),
      challenge: z
        .enum(challenges)
        .default('tls-alpn')
        .describe(
          'How the CA verifies control of the name: on port 443 (tls-alpn), on port 80 (http), or by a DNS record (dns), which works without access to this host.',
        ),
      dns: dnsOption.optional(),
      lifetime_hours: z
        .int()
        .min(1)
        .max(87_600)
        .optional()
        .describe(
          "How long the CA's certificates are valid, in hours, if less than 90 days. The proxy chooses from it when to renew, and how often to check. One of 90 days is renewed 30 days before its end, one of 30 days 10 days, of a day 6 hours, and of less 20 minutes.",
        ),
      roots: rootsOption.describe(
        'PEM file in the deployment directory with the CA certificates of a private CA. They are trusted in addition to the public ones: by the proxy, which orders from that CA, and by the homeserver, when it connects to other servers.',
      ),
    }),
  ])
  .describe('Source of the certificates.');

export type Certificates = z.infer<typeof certificates>;

/** The same options with the CA's staging directory; `undefined` if there is none, or it is already in use. */
export function stagingCertificates(chosen: Certificates): Certificates | undefined {
  const staging = stagingOf(chosen);
  return chosen.issuer !== 'acme' || staging === undefined || isStaging(chosen)
    ? undefined
    : { ...chosen, directory: staging, staging };
}

/** Whether the certificates come from the staging directory. */
export function isStaging(chosen: Certificates): boolean {
  return chosen.issuer === 'acme' && [chosen.staging, letsEncrypt.staging].includes(chosen.directory);
}

/** Whether the CA is another one than Let's Encrypt. */
export function isOtherCa(chosen: Certificates): boolean {
  return chosen.issuer === 'acme' && (chosen.roots !== undefined || !isLetsEncrypt(chosen.directory));
}

function isLetsEncrypt(directory: string): boolean {
  return directory === letsEncrypt.directory || directory === letsEncrypt.staging;
}

/**
 * The file with the account and certificates of the proxy. A staging run has its own, because its certificates must
 * not be served later.
 */
export function storageFile(chosen: Certificates): string {
  return isStaging(chosen) ? 'staging.json' : 'acme.json';
}

function stagingOf(chosen: Certificates): string | undefined {
  if (chosen.issuer !== 'acme') {
    return undefined;
  }
  return chosen.staging ?? (chosen.directory === letsEncrypt.directory ? letsEncrypt.staging : undefined);
}

/** Paths inside the proxy's container. */
export const inContainer = {
  certificate: '/run/secrets/local.pem',
  key: '/run/secrets/local.key',
  acme: '/acme',
  roots: '/run/secrets/roots.pem',
} as const;

const localCa = 'local_ca.pem';

interface CertificateSupport {
  readonly roots: readonly string[];
  readonly secrets: readonly SecretSpec[];
  readonly data: readonly DataSpec[];
  readonly mounts: readonly Mount[];
  readonly certificates: readonly GivenCertificate[];
}

/** What the proxy needs on the host for its certificates. */
export function certificateSupport(
  chosen: Certificates,
  { host, serverName, delegation: { names } }: StackContext,
  owner: Owner,
): CertificateSupport {
  if (chosen.issuer === 'local') {
    // Named after the hostname: another hostname gets another certificate, and does not replace this one.
    const [certificate, key] = [`${host}.pem`, `${host}.key`];
    return {
      secrets: [
        {
          name: 'local_ca.key',
          recipe: { kind: 'private-key' },
          rotation: {
            effect: `This replaces the local CA: devices must then trust the new secrets/${localCa}.`,
          },
        },
        {
          name: localCa,
          recipe: {
            kind: 'authority',
            key: 'local_ca.key',
            commonName: `matrix-deploy local CA of ${serverName}`,
          },
        },
        {
          name: key,
          recipe: { kind: 'private-key' },
          rotation: { effect: 'The proxy restarts with another certificate by the same local CA.' },
        },
        {
          name: certificate,
          recipe: {
            kind: 'certificate',
            key,
            authority: localCa,
            authorityKey: 'local_ca.key',
            names,
          },
        },
      ],
      data: [],
      certificates: [],
      roots: [`secrets/${localCa}`],
      mounts: [
        { source: `secrets/${certificate}`, target: inContainer.certificate },
        { source: `secrets/${key}`, target: inContainer.key },
      ],
    };
  }
  const roots = chosen.roots === undefined ? [] : [chosen.roots];
  if (chosen.issuer === 'files') {
    const given = givenCertificate(chosen, names);
    return { roots, secrets: [], data: [], certificates: [given], mounts: [givenCopy.mount] };
  }
  const storage = storageFile(chosen);
  return {
    roots,
    secrets: [],
    certificates: [],
    data: [
      {
        path: 'data/acme',
        witnessed: '',
        owner,
        mode: 0o700,
        directories: [],
        // With any other mode Traefik skips the resolver and serves its default certificate.
        restrictedFiles: [
          { path: storage, mode: 0o600, service: proxyService, target: `${inContainer.acme}/${storage}` },
        ],
        saved: { kind: 'copy', skip: [] },
      },
    ],
    mounts: [
      { source: 'data/acme', target: inContainer.acme, writable: true },
      ...(chosen.roots === undefined ? [] : [{ source: chosen.roots, target: inContainer.roots }]),
    ],
  };
}
